import type { ImageRow } from "../state/rows.ts";

export type ImageOrder = "newest" | "name";

/**
 * What the list of images shows. The fields of a plate are behind the plate; the images of a series stand for
 * themselves, and the series behind them is not shown.
 */
export function listedImages(images: readonly ImageRow[]): ImageRow[] {
  const plates = new Set(images.filter(({ kind }) => kind === "plate").map(({ id }) => id));
  return images.filter(
    ({ kind, collectionId }) => kind !== "series" && !(collectionId !== null && plates.has(collectionId)),
  );
}

/** Images in whose name, address or adder's name all words of `query` occur. */
export function searchImages(images: readonly ImageRow[], query: string): ImageRow[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return images.filter((image) => {
    const text = `${image.name} ${image.origin ?? ""} ${image.addedBy?.name ?? ""}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

export function sortImages(images: readonly ImageRow[], order: ImageOrder): ImageRow[] {
  const byName = (a: ImageRow, b: ImageRow) => a.name.localeCompare(b.name, undefined, { numeric: true });
  const byAge = (a: ImageRow, b: ImageRow) =>
    a.createdAt < b.createdAt ? 1 : a.createdAt > b.createdAt ? -1 : 0;
  return images.toSorted(order === "name" ? byName : (a, b) => byAge(a, b) || byName(a, b));
}
