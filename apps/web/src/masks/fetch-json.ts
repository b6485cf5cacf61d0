import { fromResponse, MaskError } from "./errors.ts";

/** A small answer of our own server. @throws MaskError */
export async function fetchJson(path: string, signal: AbortSignal): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(path, { credentials: "same-origin", signal });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new MaskError(
      "offline",
      "The server does not answer.",
      "Try again when the connection is back.",
      error,
    );
  }
  const body: unknown = await response.json().catch(() => null);
  if (!response.ok) throw fromResponse(response.status, body, "models");
  return body;
}
