import { imageUrl, type ListedItem, type Plate } from "@coscope/viewer/source";
import { nameFromUrl } from "../pages/image-name.ts";
import { read } from "./reading.ts";
import type { Sight } from "./reading-shared.ts";

/** What was found at an address, with the name it could have. */
export type Found =
  | {
      readonly kind: "image";
      readonly url: string;
      readonly name: string;
      readonly sight: Sight;
      /** Names of its label images. */
      readonly labels: readonly string[];
    }
  | {
      readonly kind: "series";
      readonly url: string;
      readonly name: string;
      readonly items: readonly ListedItem[];
    }
  | { readonly kind: "plate"; readonly url: string; readonly name: string; readonly plate: Plate };

/** Looks at an address before anything is added. Rejects with SourceError. */
export async function lookAt(address: string, signal?: AbortSignal): Promise<Found> {
  const listing = await read("list", address, signal);
  const url = shortened(imageUrl(address));
  if (listing.kind === "plate" && listing.plate) {
    return { kind: "plate", url, name: nameFromUrl(url), plate: listing.plate };
  }
  const [only] = listing.items;
  if (listing.kind !== "image" && listing.items.length !== 1) {
    const name = listing.kind === "well" ? nameOfWell(url) : nameFromUrl(url);
    return { kind: "series", url, name, items: listing.items };
  }
  // A series of one is that one.
  const at = only && listing.kind !== "image" ? shortened(only.url) : url;
  const sight = await read("sight", at, signal);
  const name = sight.name || nameFromUrl(url);
  return { kind: "image", url: at, name, sight, labels: listing.labels.map((label) => label.name) };
}

/** An image of this server by its path alone: colleagues may reach the server under another name. */
function shortened(url: string): string {
  const { origin, pathname, search } = new URL(url);
  return origin === location.origin && /^\/(data|demo)\//.test(pathname) ? pathname + search : url;
}

/** `…/screen.zarr/B/2` → "screen B2" */
function nameOfWell(url: string): string {
  const parts = new URL(url, location.href).pathname.split("/").filter(Boolean);
  const [row = "", column = ""] = parts.slice(-2);
  const plate = new URL(url, location.href);
  plate.pathname = parts.slice(0, -2).join("/");
  return `${nameFromUrl(plate.href)} ${row}${column}`;
}
