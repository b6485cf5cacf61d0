import type { FileTree } from "./file-tree.ts";

/** Never asked on a network: `.invalid` has no addresses. */
const HOST = "http://import.invalid/";

/** Address under which `createTreeFetch` serves a file or folder of a tree. */
export function treeUrl(name: string): string {
  return HOST + name.split("/").map(encodeURIComponent).join("/");
}

/** The file that an address means. */
export function treeName(url: string): string {
  return new URL(url).pathname.slice(1).split("/").map(decodeURIComponent).join("/");
}

/** A whole answer may have this many bytes; larger files are read by range. */
const MAX_WHOLE_BYTES = 96 * 2 ** 20;

/** What the readers call instead of `fetch`: a tree's files, with ranges; addresses of anything else are refused. */
export function createTreeFetch(tree: FileTree): typeof fetch {
  return async (input, init) => {
    const url = input instanceof Request ? input.url : String(input);
    if (!url.startsWith(HOST)) throw new TypeError(`${url} is outside of what is imported`);
    init?.signal?.throwIfAborted();
    const name = treeName(url);
    const size = await tree.size(name);
    if (size === null) return new Response(null, { status: 404 });
    const headers = new Headers({ "Accept-Ranges": "bytes" });
    const range = rangeOf(new Headers(init?.headers).get("range"), size);
    if (range === "unsatisfiable") {
      headers.set("Content-Range", `bytes */${size}`);
      return new Response(null, { status: 416, headers });
    }
    const { start, end } = range ?? { start: 0, end: size };
    headers.set("Content-Length", String(end - start));
    if (range) headers.set("Content-Range", `bytes ${start}-${end - 1}/${size}`);
    if (init?.method === "HEAD") return new Response(null, { headers });
    if (end - start > MAX_WHOLE_BYTES) {
      // Whoever asks for so much looks at Content-Length first, and leaves.
      return new Response(new ReadableStream({ pull: (to) => to.error(new Error("too large")) }), {
        headers,
      });
    }
    const bytes = await tree.read(name, start, end - start);
    return new Response(bytes as Uint8Array<ArrayBuffer>, { status: range ? 206 : 200, headers });
  };
}

/** Half-open. */
function rangeOf(
  header: string | null,
  size: number,
): { start: number; end: number } | "unsatisfiable" | null {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? "");
  if (!match) return null;
  const [, first = "", last = ""] = match;
  if (first === "") return { start: Math.max(0, size - Number(last)), end: size };
  const start = Number(first);
  if (start >= size) return "unsatisfiable";
  return { start, end: last === "" ? size : Math.min(size, Number(last) + 1) };
}
