import { createHash } from "node:crypto";
import { createReadStream, type Stats } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import { Readable } from "node:stream";

/** One byte range of a file of `size` bytes; `end` is the last byte, included. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * Reads a Range header. null: none, or one we answer with the whole file (several ranges, other units, garbage,
 * as RFC 9110 allows). "unsatisfiable": 416.
 */
export function parseRange(header: string | null, size: number): ByteRange | "unsatisfiable" | null {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? "");
  if (!match) return null;
  const [, first = "", last = ""] = match;
  if (first === "" && last === "") return null;
  if (first === "") {
    const suffix = Number(last);
    if (suffix === 0 || size === 0) return "unsatisfiable";
    return { start: Math.max(0, size - suffix), end: size - 1 };
  }
  const start = Number(first);
  const end = last === "" ? size - 1 : Math.min(Number(last), size - 1);
  if (last !== "" && Number(last) < start) return null;
  return start >= size ? "unsatisfiable" : { start, end };
}

/** A file by its real path. */
export interface FoundFile {
  readonly file: string;
  readonly stats: Stats;
}

/**
 * The file at `path` inside `root`, or null when there is none or when `path`, `..` or a symbolic link leads out.
 * `path` is already percent-decoded once and has no leading slash.
 */
export async function findInside(root: string, path: string): Promise<FoundFile | null> {
  const parts = path.split("/");
  if (path.includes("\0") || path.includes("\\") || parts.includes("..") || parts.includes(".")) return null;
  try {
    const base = await realpath(root);
    const file = await realpath(join(base, path));
    if (!file.startsWith(base + sep)) return null;
    const stats = await stat(file);
    return stats.isFile() ? { file, stats } : null;
  } catch {
    return null;
  }
}

/** Strong: a file written anew gets another one, as size, time to the nanosecond or inode differ. */
export function etagOf(stats: Stats): string {
  const key = `${stats.size}-${stats.mtimeMs}-${stats.ino}`;
  return `"${createHash("sha256").update(key).digest("base64url").slice(0, 22)}"`;
}

export interface FileAnswer {
  /** Where the content is known better than by the file's size and time. */
  readonly etag?: string;
  readonly type: string;
  readonly cacheControl: string;
}

/** Answers GET and HEAD of one file: ETag, If-None-Match, ranges, If-Range. */
export function serveFile(
  request: Request,
  { file, stats }: FoundFile,
  { type, cacheControl, etag = etagOf(stats) }: FileAnswer,
): Response {
  const headers = new Headers({
    ETag: etag,
    "Content-Type": type,
    "Accept-Ranges": "bytes",
    "Cache-Control": cacheControl,
    "Last-Modified": stats.mtime.toUTCString(),
  });
  if (matches(request.headers.get("if-none-match"), etag))
    return new Response(null, { status: 304, headers });

  const ifRange = request.headers.get("if-range");
  const range =
    ifRange !== null && ifRange !== etag ? null : parseRange(request.headers.get("range"), stats.size);
  if (range === "unsatisfiable") {
    headers.set("Content-Range", `bytes */${stats.size}`);
    headers.delete("Content-Type");
    return new Response(null, { status: 416, headers });
  }
  const start = range?.start ?? 0;
  const end = range?.end ?? stats.size - 1;
  if (range) headers.set("Content-Range", `bytes ${start}-${end}/${stats.size}`);
  headers.set("Content-Length", String(end - start + 1));
  const status = range ? 206 : 200;
  if (request.method === "HEAD" || stats.size === 0) return new Response(null, { status, headers });
  const stream = Readable.toWeb(createReadStream(file, { start, end }));
  return new Response(stream as ReadableStream<Uint8Array<ArrayBuffer>>, { status, headers });
}

function matches(header: string | null, etag: string): boolean {
  if (header === null) return false;
  return header.split(",").some((part) => {
    const tag = part.trim();
    return tag === "*" || tag.replace(/^W\//, "") === etag;
  });
}
