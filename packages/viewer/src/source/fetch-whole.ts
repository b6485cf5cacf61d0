import { SourceError } from "../errors.ts";
import { inTurn, isMissing, readBody, respond, statusError } from "./http.ts";
import type { RemoteFileOptions } from "./remote-file.ts";

/**
 * A small file whole: a tile, a description. Null where there is none.
 * @throws SourceError
 */
export function fetchWhole(
  url: string,
  maxBytes: number,
  options: RemoteFileOptions = {},
): Promise<Uint8Array | null> {
  const { signal } = options;
  const ask = async (): Promise<Uint8Array | null> => {
    const response = await respond(url, signal ? { signal } : {}, options);
    if (isMissing(response)) {
      await response.body?.cancel();
      return null;
    }
    if (!response.ok) {
      await response.body?.cancel();
      throw statusError(url, response);
    }
    const bytes = await readBody(response, maxBytes + 1, url, signal);
    if (bytes.length <= maxBytes) return bytes;
    throw new SourceError("too-large", {
      url,
      expected: `at most ${Math.round(maxBytes / 2 ** 20)} MiB`,
      got: "more",
      next: "Convert the image to OME-Zarr: `bioformats2raw in out.zarr`.",
    });
  };
  return inTurn(url, options, signal, ask);
}
