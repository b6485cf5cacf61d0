import type { Api } from "../api/index.ts";
import type { ImageRow } from "../state/rows.ts";
import { openCollection } from "./collection.ts";

/**
 * A series or plate may have been registered as an image, without a look at it: a folder on the server's disk, or
 * one added by a program. Its row learns what it is; unless somebody has drawn on it, then the series or plate
 * gets a row of its own. Null where the address holds a single image. Rejects with ApiError or SourceError.
 */
export async function becomeCollection(
  api: Api,
  image: ImageRow,
  isAnnotated: boolean,
): Promise<ImageRow | null> {
  if (image.collectionId !== null) return null;
  const collection = await openCollection(image.url);
  if (!collection) return null;
  const { id, name, via, revision } = image;
  const { kind } = collection;
  if (!isAnnotated) return api.updateImage(id, { kind, revision });
  return api.addImage({ name, url: image.origin ?? image.url, kind, ...(via && { via }) });
}
