import { SourceError } from "../errors.ts";
import { createHttpStore } from "./http-store.ts";
import { formatByAddress } from "./identify.ts";
import type { ImageSource, LabelInfo } from "./image-source.ts";
import { imageUrl } from "./image-url.ts";
import { type ListedItem, labelsOf } from "./ome-zarr/listing.ts";
import { type OpenOptions, openOmeZarr } from "./open.ts";

/**
 * The label images that belong to an OME-Zarr image, by its address; empty
 * where there are none, or where the image is of another format.
 * @throws SourceError "unreachable" | "cors" | "aborted"
 */
export async function listLabels(url: string, options: OpenOptions = {}): Promise<ListedItem[]> {
  const told = options.store ? "ome-zarr" : formatByAddress(imageUrl(url));
  if (told !== null && told !== "ome-zarr") return [];
  return labelsOf(options.store ?? createHttpStore(imageUrl(url), options), undefined, options.signal);
}

/**
 * Opens a label image: integers, 0 where nothing is labelled. In the page,
 * `openInWorkers` gives the same as `source.label`.
 * @throws SourceError
 */
export async function openLabel(
  url: string,
  options: OpenOptions = {},
): Promise<LabelInfo & { readonly source: ImageSource }> {
  const source = await openOmeZarr(url, options);
  if (source.dtype.startsWith("float")) {
    throw new SourceError("unsupported", {
      url: source.id,
      expected: "integer labels",
      got: source.dtype,
      next: "Convert the labels to 32-bit unsigned integers.",
    });
  }
  return {
    source,
    colors: source.label?.colors ?? new Map(),
    properties: source.label?.properties ?? new Map(),
  };
}
