import { SourceError } from "../errors.ts";

/** A folder's address: site-relative ones resolved, and the metadata file cut off if someone pasted that. */
export function imageUrl(url: string): string {
  const base = (globalThis as { location?: { href?: string } }).location?.href;
  let parsed: URL;
  try {
    parsed = new URL(url.trim(), base);
  } catch (cause) {
    throw badAddress(url, "something else", cause);
  }
  if (parsed.protocol !== "http:" && parsed.protocol !== "https:") throw badAddress(url, parsed.protocol);
  parsed.hash = "";
  parsed.pathname = parsed.pathname.replace(/\/(zarr\.json|\.zattrs|\.zgroup|\.zmetadata)?$/, "");
  return parsed.href;
}

function badAddress(url: string, got: string, cause?: unknown): SourceError {
  return new SourceError(
    "not-found",
    {
      url,
      expected: "an address that begins with http:// or https://",
      got,
      next: "Paste the full address of the image; local files come in with `coscope import`.",
    },
    { cause },
  );
}
