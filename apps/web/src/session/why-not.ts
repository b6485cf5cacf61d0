import { errorFromBody } from "../api/errors.ts";
import type { ImageRow } from "../state/rows.ts";
import type { OpenState } from "../state/workspace.ts";
import { describeOpenError } from "./open-errors.ts";

type Failure = Extract<OpenState, { kind: "failed" }>;

/**
 * Why an image did not open. Where the server passes it on it knows more than a reader sees: it is asked once more,
 * and what it says stands.
 */
export async function whyNot(
  error: unknown,
  { url, origin }: Pick<ImageRow, "url" | "origin">,
): Promise<Failure> {
  const failure = describeOpenError(error, origin ?? url);
  const said = /^\/api\//.test(url) ? await askServer(url) : null;
  if (!said) return failure;
  return {
    kind: "failed",
    title: "Your Coscope server could not read the image",
    text: said.message,
    next: said.next ?? failure.next,
    ...(failure.code && { code: failure.code }),
    needsKey: said.code === "upstream-unauthorized",
  };
}

/** What the server says of an address of its own that it cannot pass on; null where it can, or where that is not it. */
async function askServer(url: string) {
  try {
    // The head of a file is enough.
    const response = await fetch(url, { headers: { range: "bytes=0-15" }, cache: "no-store" });
    const typed = /^application\/json/.test(response.headers.get("content-type") ?? "");
    if (response.ok || response.status === 404 || !typed) {
      await response.body?.cancel();
      return null;
    }
    const said = errorFromBody(response.status, await response.json());
    return /^http-/.test(said.code) ? null : said;
  } catch {
    return null;
  }
}
