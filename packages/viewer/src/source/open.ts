import { type ByteStore, createHttpStore, type HttpStoreOptions } from "./http-store.ts";
import type { ImageSource } from "./image-source.ts";
import { imageUrl } from "./image-url.ts";
import { type OmeZarrManifest, readManifest } from "./ome-zarr/manifest.ts";
import { createOmeZarrSource } from "./ome-zarr/source.ts";

export interface OpenOptions extends HttpStoreOptions {
  readonly signal?: AbortSignal;
  /** Reads from here instead of over HTTP (a folder, memory). */
  readonly store?: ByteStore;
  /** Called for every chunk that was decoded. */
  readonly onDecode?: () => void;
}

/** The network part of opening: what to hand to a worker so that it need not ask again. */
export async function openManifest(url: string, options: OpenOptions = {}): Promise<OmeZarrManifest> {
  const store = options.store ?? createHttpStore(imageUrl(url), options);
  const request = options.fetch ?? fetch;
  const probe = () =>
    options.store
      ? Promise.resolve(false)
      : request(store.locate(""), { method: "HEAD" }).then(
          (response) => response.ok,
          () => false,
        );
  return readManifest(store, options.signal, probe);
}

/** A source from metadata that was read before; no request. */
export function openFromManifest(manifest: OmeZarrManifest, options: OpenOptions = {}): Promise<ImageSource> {
  return createOmeZarrSource(
    options.store ?? createHttpStore(manifest.url, options),
    manifest,
    options.onDecode,
  );
}

/**
 * Opens an OME-Zarr 0.5 or 0.4 image. Runs anywhere that has fetch.
 * @throws SourceError
 */
export async function openOmeZarr(url: string, options: OpenOptions = {}): Promise<ImageSource> {
  return openFromManifest(await openManifest(url, options), options);
}
