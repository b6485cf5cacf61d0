export type {
  Api,
  ApiOptions,
  DurableState,
  GuestRequest,
  LookAnswer,
  NewConnection,
  NewImage,
  ServerInfo,
  SessionInfo,
} from "./client.ts";
export { createApi } from "./client.ts";
export { ApiError, errorSentence, isApiError } from "./errors.ts";
