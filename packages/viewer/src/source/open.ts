import { type ByteStore, createHttpStore, type HttpStoreOptions } from "./http-store.ts";
import type { ImageSource } from "./image-source.ts";
import { imageUrl } from "./image-url.ts";
import type { FirstChunks } from "./ome-zarr/first-chunks.ts";
import { type OmeZarrManifest, readManifest } from "./ome-zarr/manifest.ts";
import { createOmeZarrSource } from "./ome-zarr/source.ts";

export interface OpenOptions extends HttpStoreOptions {
  readonly signal?: AbortSignal;
  /** Reads from here instead of over HTTP (a folder, memory). */
  readonly store?: ByteStore;
  /** Called for every chunk that was decoded. */
  readonly onDecode?: () => void;
}

/** What opening read, and what of the pixels is under way already. */
export interface OmeZarrFound {
  readonly manifest: OmeZarrManifest;
  readonly ahead: FirstChunks | null;
}

/** The network part of opening. */
export async function findOmeZarr(url: string, options: OpenOptions = {}): Promise<OmeZarrFound> {
  // What opens an image is little, and people wait for it.
  const { limit: _, ...unlimited } = options;
  const store = options.store ?? createHttpStore(imageUrl(url), unlimited);
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
export function openFromManifest(
  manifest: OmeZarrManifest,
  options: OpenOptions = {},
  ahead: FirstChunks | null = null,
): Promise<ImageSource> {
  const store = options.store ?? createHttpStore(manifest.url, options);
  return createOmeZarrSource(store, manifest, { onDecode: options.onDecode, ahead });
}

/**
 * Opens an OME-Zarr 0.5 or 0.4 image. Runs anywhere that has fetch.
 * @throws SourceError
 */
export async function openOmeZarr(url: string, options: OpenOptions = {}): Promise<ImageSource> {
  const { manifest, ahead } = await findOmeZarr(url, options);
  return openFromManifest(manifest, options, ahead);
}
