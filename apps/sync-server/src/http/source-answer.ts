import { ServerError } from "../errors.ts";

/** Nothing there, or nothing for us: object stores say 403 for a missing key when listing is not allowed. */
const MISSING = new Set([403, 404, 410]);
const PASSED = new Set([200, 206, 304, 416]);
/** What an object store says in the body of 400 and 403 when it is not the key that is missing. */
const BAD_KEYS =
  /<Code>(SignatureDoesNotMatch|InvalidAccessKeyId|InvalidToken|ExpiredToken|RequestTimeTooSkewed|AuthorizationHeaderMalformed|InvalidSecurity)<\/Code>/;
const MAX_REASON_BYTES = 4096;

/**
 * The status to answer a page with for that of the other server.
 * @throws ServerError "upstream-unauthorized" | "upstream-failed"
 */
export async function statusOf(answer: Response, host: string): Promise<number> {
  const { status } = answer;
  if (PASSED.has(status)) return status;
  const keys = status === 400 || status === 403 ? BAD_KEYS.exec(await beginning(answer))?.[1] : undefined;
  if (keys) throw unauthorized(host, keys);
  if (MISSING.has(status)) return 404;
  await answer.body?.cancel();
  if (status === 401 || status === 407) throw unauthorized(host, `status ${status}`);
  throw new ServerError("upstream-failed", `${host} answers with status ${status}.`, {
    next:
      status === 429 || status >= 500
        ? "It is busy or has a problem: try again in a moment."
        : "Check the address of the image.",
  });
}

function unauthorized(host: string, what: string): ServerError {
  return new ServerError("upstream-unauthorized", `${host} does not take our credentials (${what}).`, {
    next: "Add a connection with its headers or S3 keys, or enter them anew.",
  });
}

async function beginning(answer: Response): Promise<string> {
  const reader = answer.body?.getReader();
  if (!reader) return "";
  let text = "";
  const decoder = new TextDecoder();
  for (
    let next = await reader.read();
    !next.done && text.length < MAX_REASON_BYTES;
    next = await reader.read()
  )
    text += decoder.decode(next.value, { stream: true });
  await reader.cancel();
  reader.releaseLock();
  return text;
}

/** Types that a browser shows as pixels or not at all: a page of another server must not run as ours. */
const HARMLESS = /^(image\/(png|jpe?g|webp|gif|tiff|avif|jp2)|application\/(json|octet-stream))(;|$)/i;

/** What of the other server's answer is passed on, and how long the browser may keep it. */
export function sourceHeaders(
  answer: Response,
  status: number,
  asked: { readonly path: string; readonly range: boolean },
): Headers {
  const headers = new Headers({
    "Cache-Control": cacheControl(answer.headers.get("cache-control"), status, asked.path),
    Vary: "Authorization, Cookie",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
  });
  if (status === 404) return headers;
  for (const name of ["Content-Length", "Content-Range", "ETag", "Last-Modified"]) {
    const value = answer.headers.get(name);
    if (value !== null) headers.set(name, value);
  }
  const type = answer.headers.get("content-type") ?? "";
  if (status !== 304) headers.set("Content-Type", HARMLESS.test(type) ? type : "application/octet-stream");
  if (status === 200 && asked.range) headers.set("Accept-Ranges", "none");
  else if (status === 206) headers.set("Accept-Ranges", "bytes");
  else if (answer.headers.has("accept-ranges"))
    headers.set("Accept-Ranges", answer.headers.get("accept-ranges")!);
  return headers;
}

/** Small, and what everything else is read by: asked for again each time, where nothing else is said. */
const METADATA = /(^|\/)(\.z(array|attrs|group|metadata)|[^/]*\.(json|xml|dzi))$/i;
const DEFAULT_AGE_S = 3600;
const MAX_AGE_S = 86_400;

/** Never in shared caches: who may see the image was asked for this person alone. */
function cacheControl(theirs: string | null, status: number, path: string): string {
  if (status === 404 || status === 416) return "private, no-cache";
  const directives = (theirs ?? "").toLowerCase();
  if (/no-store/.test(directives)) return "private, no-store";
  if (/no-cache|must-revalidate/.test(directives)) return "private, no-cache";
  const age = /(?:^|[\s,])max-age=(\d+)/.exec(directives)?.[1];
  if (age === undefined)
    return METADATA.test(path) ? "private, no-cache" : `private, max-age=${DEFAULT_AGE_S}`;
  return `private, max-age=${Math.min(Number(age), MAX_AGE_S)}`;
}
