import type { ListedItem, Listing, Plate } from "@coscope/viewer/source";
import type { ImageRow } from "../state/rows.ts";
import { read } from "./reading.ts";

/** One image of a series or plate. `path` is where it lies in it, as rows keep it. */
export interface Place {
  readonly path: string;
  readonly name: string;
  readonly url: string;
}

export interface Well {
  readonly row: number;
  readonly column: number;
  readonly name: string;
  readonly url: string;
  readonly path: string;
}

/** A series or plate, and what lies in it. */
export type Collection =
  | { readonly kind: "series"; readonly places: readonly Place[] }
  | { readonly kind: "plate"; readonly plate: Plate; readonly wells: readonly Well[] };

const known = new Map<string, Promise<Listing>>();

/** Listings are asked for once a tab; one that failed is asked for again. */
function list(url: string): Promise<Listing> {
  let listing = known.get(url);
  if (!listing) {
    listing = read("list", url);
    known.set(url, listing);
    listing.catch(() => known.delete(url));
  }
  return listing;
}

/** Rejects with SourceError; null where the address holds a single image. */
export async function openCollection(url: string): Promise<Collection | null> {
  const listing = await list(url);
  if (listing.kind === "image") return null;
  if (listing.plate) {
    const wells = listing.plate.wells.map((well) => ({ ...well, path: pathOf(well, url) }));
    return { kind: "plate", plate: listing.plate, wells: wells.toSorted(byPlace) };
  }
  return { kind: "series", places: listing.items.map((item) => placeOf(item, url)) };
}

/** The fields of one well. */
export async function fieldsOf(well: Well): Promise<Place[]> {
  const { items } = await list(well.url);
  return items.map((item, index) => ({
    url: item.url,
    path: `${well.path}/${pathOf(item, well.url)}`,
    name: items.length === 1 ? well.name : `${well.name} · Field ${index + 1}`,
  }));
}

/** The image before or after one, over the border of its well too; null at the ends. */
export async function neighbourOf(collection: Collection, path: string, by: 1 | -1): Promise<Place | null> {
  if (collection.kind === "series") {
    const at = collection.places.findIndex((place) => place.path === path);
    return at < 0 ? null : (collection.places[at + by] ?? null);
  }
  const at = collection.wells.findIndex((well) => path.startsWith(`${well.path}/`));
  const here = collection.wells[at];
  if (!here) return null;
  const fields = await fieldsOf(here);
  const beside = fields[fields.findIndex((field) => field.path === path) + by];
  if (beside) return beside;
  for (let next = at + by; collection.wells[next]; next += by) {
    const found = (await fieldsOf(collection.wells[next]!)).at(by === 1 ? 0 : -1);
    if (found) return found;
  }
  return null;
}

/** The well in which a member of a plate lies. */
export function wellOf(wells: readonly Well[], path: string): Well | null {
  return wells.find((well) => path.startsWith(`${well.path}/`)) ?? null;
}

/** Images of the collection that somebody has opened, by path. */
export function membersOf(images: readonly ImageRow[], collectionId: string): Map<string, ImageRow> {
  return new Map(
    images.filter((image) => image.collectionId === collectionId).map((image) => [image.path, image]),
  );
}

function placeOf(item: ListedItem, url: string): Place {
  return { path: pathOf(item, url), name: item.name, url: item.url };
}

/** From the collection's own address: `A/1/0`, or `#…` for an image of a file. */
function pathOf(item: ListedItem, url: string): string {
  const inside = new URL(item.url, location.href);
  const base = new URL(url, location.href);
  if (inside.pathname === base.pathname && inside.hash) return inside.hash;
  return inside.pathname.slice(base.pathname.replace(/\/+$/, "").length + 1);
}

function byPlace(a: Well, b: Well): number {
  return a.row - b.row || a.column - b.column;
}
