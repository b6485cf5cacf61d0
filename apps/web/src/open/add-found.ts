import type { Api } from "../api/index.ts";
import type { ImageRow } from "../state/rows.ts";
import { openCollection, type Place } from "./collection.ts";
import type { Found } from "./look-at.ts";
import { sendPicture } from "./pictures.ts";
import { read } from "./reading.ts";

/** Registers an image, and leaves its small picture for everybody. Rejects with ApiError. */
export async function addImage(
  api: Api,
  found: Extract<Found, { kind: "image" }>,
  name: string,
): Promise<ImageRow> {
  const image = await api.addImage({ name, url: found.address, via: found.via });
  // The person need not wait for it.
  void read("picture", found.url)
    .then(({ sight, picture }) => picture && sendPicture(api, image.id, sight, picture))
    .catch(() => {});
  return image;
}

/** Registers a plate or a series. Rejects with ApiError. */
export function addCollection(
  api: Api,
  found: Exclude<Found, { kind: "image" }>,
  name: string,
): Promise<ImageRow> {
  const { kind, address: url, via } = found;
  return api.addImage({ name, url, kind, via });
}

/** Registers a series and those of its images that were chosen. Rejects with ApiError. */
export async function addFromSeries(
  api: Api,
  found: Extract<Found, { kind: "series" }>,
  name: string,
  chosen: ReadonlySet<string>,
): Promise<ImageRow[]> {
  const collection = await openCollection(found.url);
  const places: readonly Place[] = collection?.kind === "series" ? collection.places : [];
  const series = await addCollection(api, found, name);
  const images: ImageRow[] = [];
  for (const { url, path, name: own } of places) {
    if (chosen.has(url)) images.push(await api.openMember(series.id, { path, name: own }));
  }
  return images;
}
