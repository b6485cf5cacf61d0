export type { Api, ApiOptions, DurableState, GuestRequest } from "./client.ts";
export { createApi } from "./client.ts";
export { ApiError, errorSentence, isApiError } from "./errors.ts";
export type { ClassRow, ImageRow, LayerRow, ProjectRow, ServerInfo, SessionInfo, User } from "./rows.ts";
