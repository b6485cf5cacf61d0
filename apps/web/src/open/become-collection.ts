import type { Api } from "../api/index.ts";
import type { ImageRow } from "../state/rows.ts";
import { openCollection } from "./collection.ts";

/**
 * An image that did not open may be a series or plate that was registered without a look at it: a folder on the
 * server's disk, or one added by a program. Then its row learns that. Null where it is not.
 */
export async function becomeCollection(api: Api, image: ImageRow): Promise<ImageRow | null> {
  if (image.collectionId !== null) return null;
  const collection = await openCollection(image.url);
  if (!collection) return null;
  return api.updateImage(image.id, { kind: collection.kind, revision: image.revision });
}
