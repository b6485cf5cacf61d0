import type { z } from "@hono/zod-openapi";
import { ErrorBody } from "./schemas.ts";

/** Small pieces that keep route descriptions short. */

export const json = <Schema extends z.ZodType>(schema: Schema, description: string) => ({
  description,
  content: { "application/json": { schema } },
});

export const body = <Schema extends z.ZodType>(schema: Schema) => ({
  required: true,
  content: { "application/json": { schema } },
});

/** How a caller proves who it is: either one. */
export const SIGNED_IN: Record<string, string[]>[] = [{ cookie: [] }, { bearer: [] }];

const MEANINGS = {
  400: "Not understood (`bad-request`)",
  401: "No session, or one that ended (`unauthenticated`)",
  403: "Not allowed (`forbidden`, `bad-origin`, `bad-host`, `join-key-required`, `host-not-allowed`, `address-refused`)",
  404: "Not there, or not any more (`not-found`)",
  409: "Changed meanwhile: `revision-conflict` with the `current` row",
  413: "More than 64 KiB (`too-large`)",
  429: "Too often (`too-many-requests`)",
} as const;

/** Error answers of a route, by status. */
export function errors<Status extends keyof typeof MEANINGS>(...statuses: Status[]) {
  const entries = statuses.map((status) => [status, json(ErrorBody, MEANINGS[status])]);
  return Object.fromEntries(entries) as Record<Status, ReturnType<typeof json<typeof ErrorBody>>>;
}
