import { imageUrl, type ListedItem, type Plate } from "@coscope/viewer/source";
import { nameFromUrl } from "../pages/image-name.ts";
import { read } from "./reading.ts";
import type { Sight } from "./reading-shared.ts";

interface FoundBase {
  /** Where the page reads it. */
  readonly url: string;
  /** What it is added by: `url`, or the address behind it when the server passes it on. */
  readonly address: string;
  readonly via: "direct" | "server";
  readonly name: string;
}

/** What was found at an address, with the name it could have. */
export type Found = FoundBase & Contents;

type Contents =
  | {
      readonly kind: "image";
      readonly sight: Sight;
      /** Names of its label images. */
      readonly labels: readonly string[];
    }
  | {
      readonly kind: "series";
      readonly items: readonly ListedItem[];
    }
  | { readonly kind: "plate"; readonly plate: Plate };

/** Looks at an address before anything is added. Rejects with SourceError. */
export async function lookAt(address: string, signal?: AbortSignal): Promise<Found> {
  const listing = await read("list", address, signal);
  const url = shortened(imageUrl(address));
  const base = { url, address: url, via: "direct", name: nameFromUrl(url) } as const;
  if (listing.kind === "plate" && listing.plate) {
    return { ...base, kind: "plate", plate: listing.plate };
  }
  const [only] = listing.items;
  if (listing.kind !== "image" && listing.items.length !== 1) {
    const name = listing.kind === "well" ? nameOfWell(url) : base.name;
    return { ...base, name, kind: "series", items: listing.items };
  }
  // A series of one is that one.
  const at = only && listing.kind !== "image" ? shortened(only.url) : url;
  const sight = await read("sight", at, signal);
  const labels = listing.labels.map((label) => label.name);
  return { ...base, url: at, address: at, name: sight.name || base.name, kind: "image", sight, labels };
}

/** The same, where the server passes it on. `through`: where it does. Rejects with SourceError. */
export async function lookThrough(through: string, address: string): Promise<Found> {
  const found = await lookAt(through);
  const behind = addressBehind(found.url, through, address);
  // Where the address is all there is to name it by, it is not ours that does.
  const name = found.name === nameFromUrl(found.url) ? nameFromUrl(behind) : found.name;
  return { ...found, name, address: behind, via: "server" };
}

/** The address at its own server of what was found in or below what the server passes on. */
export function addressBehind(url: string, through: string, address: string): string {
  const inside = new URL(url, location.href);
  const behind = new URL(imageUrl(address));
  behind.pathname += inside.pathname.slice(new URL(imageUrl(through)).pathname.length);
  behind.hash = inside.hash;
  return behind.href;
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
