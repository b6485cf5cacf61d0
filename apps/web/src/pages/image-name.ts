/** For addresses of this server, which are paths. */
const PAGE = "http://coscope.invalid/";

/** A name for an image from its address: the last part of the path, without the endings of formats. */
export function nameFromUrl(url: string): string {
  const parts = new URL(url, PAGE).pathname.split("/").filter(Boolean);
  const last = parts.at(-1) ?? new URL(url, PAGE).host;
  let name = last;
  try {
    name = decodeURIComponent(last);
  } catch {
    // Not meant to be decoded.
  }
  const bare = name.replace(/(?:\.ome)?\.(?:zarr|tiff?|dzi)$/i, "").trim();
  return (bare || name).slice(0, 120);
}
