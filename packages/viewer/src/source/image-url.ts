import { SourceError } from "../errors.ts";

/** Of a file that holds several: "#image=2" is the second. */
const WHICH_IMAGE = /^#image=([1-9]\d{0,4})$/;

/** Index of the image that an address names within its file. */
export function imageIndexOf(url: string): number {
  const match = WHICH_IMAGE.exec(new URL(url).hash);
  return match ? Number(match[1]) - 1 : 0;
}

/** The address of one of a file's images, the first being 0. */
export function urlOfImage(url: string, index: number): string {
  const named = new URL(url);
  named.hash = `image=${index + 1}`;
  return named.href;
}

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
  if (!WHICH_IMAGE.test(parsed.hash)) parsed.hash = "";
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
