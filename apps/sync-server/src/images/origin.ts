/**
 * Where the parts of an image lie that the server fetches for the page. The page opens
 * `/api/images/<id>/source/<path>`; readers ask for what is beside or below that, and get no further than the image.
 */
export interface Origin {
  /** Address of the folder that `path` is in, with a final slash and without query. */
  readonly folder: string;
  /** From there to what is opened, as in the address: `slide.zarr`, `plate.zarr/A/1/0`, `slide.dzi`, `info.json`. */
  readonly path: string;
  /** Sent with every request: signed addresses carry their signature there. */
  readonly search: string;
  /** For the page: which image of a file. */
  readonly hash: string;
  /** Whether `path`, decoded, belongs to the image. */
  covers(segments: readonly string[]): boolean;
}

const METADATA_FILE = /\/(zarr\.json|\.zattrs|\.zgroup|\.zmetadata)?$/;
const SINGLE_FILE = /\.(tiff?|btf|tf[28]|svs|qptiff|png|jpe?g|webp|gif)$/i;
const DEEP_ZOOM = /(\.dzi)?\.(dzi|xml|json)$/i;

/** @param address of a remote image, as `checkImageUrl` gives it */
export function originOf(address: string): Origin {
  const url = new URL(address);
  const segments = url.pathname.replace(METADATA_FILE, "").split("/").slice(1);
  // From the Zarr folder on, readers know by the name what it is.
  const zarr = segments.findLastIndex((segment) => /\.zarr$/i.test(segment));
  const at = zarr === -1 ? Math.max(0, segments.length - 1) : zarr;
  const head = segments.slice(0, at);
  const path = segments.slice(at);
  return {
    folder: [url.origin, ...head, ""].join("/"),
    path: path.join("/"),
    search: url.search,
    hash: url.hash,
    covers: coverOf(path.map(decode)),
  };
}

function coverOf(path: readonly string[]): Origin["covers"] {
  const last = path.at(-1) ?? "";
  // A whole site, or an image that a service shows beside its description.
  if (last === "" || last === "info.json") return () => true;
  if (SINGLE_FILE.test(last)) return (segments) => segments.length === 1 && segments[0] === last;
  if (path.length === 1 && DEEP_ZOOM.test(last)) {
    const tiles = `${last.replace(/\.(dzi|xml|json)$/i, "").replace(/\.dzi$/i, "")}_files`;
    return (segments) => segments[0] === tiles || (segments.length === 1 && segments[0] === last);
  }
  return (segments) => path.every((segment, i) => segments[i] === segment);
}

/** Address of an image's part at its own server, or null when `rest` (percent-encoded) leads anywhere else. */
export function partOf(origin: Origin, rest: string): URL | null {
  const raw = rest.split("/");
  const segments = raw.map(decode);
  if (segments.some(isUnsafe) || !origin.covers(segments)) return null;
  const url = new URL(origin.folder + rest + origin.search);
  // What the parser made of it, once more: it resolves dots and drops control characters.
  return url.href.startsWith(origin.folder) && !url.hash ? url : null;
}

/** What the page opens. */
export function sourceUrl(id: string, address: string): string {
  return `/api/images/${id}/source${sourcePath(address)}`;
}

/** What follows `…/source` in what the page opens. */
export function sourcePath(address: string): string {
  const { path, hash } = originOf(address);
  return `${path === "" ? "" : `/${path}`}${hash}`;
}

/** The address as everybody may see it: what follows `?` may be a signature. */
export function shownOrigin(address: string): string {
  const url = new URL(address);
  url.search = "";
  url.hash = "";
  return url.href;
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return "\0";
  }
}

/** Dots, slashes and their encodings, also where a server would decode twice. */
function isUnsafe(segment: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  return segment === "." || segment === ".." || /[/\\\u0000-\u001f\u007f?#]|%(2e|2f|5c|00)/i.test(segment);
}
