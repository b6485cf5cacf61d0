import { readdir, readFile } from "node:fs/promises";
import { join, parse } from "node:path";
import sharp from "sharp";
import { ModelError } from "../errors.ts";
import type { Pixels } from "../planes.ts";
import type { LabelImage } from "./truth.ts";

export interface Pair {
  readonly name: string;
  readonly image: string;
  readonly label: string;
}

const READABLE = new Set([".png", ".tif", ".tiff", ".jpg", ".jpeg", ".webp", ".bmp"]);
/** Enough for any picture with outlined nuclei; more would not fit beside the network. */
const MAX_PIXELS = 200_000_000;

async function filesOf(folder: string, what: string): Promise<Map<string, string>> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    throw new ModelError(
      "bad-image",
      `a folder of ${what} at ${folder}`,
      (error as Error).message,
      `Give it as --${what} DIR.`,
      error,
    );
  }
  const files = new Map<string, string>();
  for (const name of names.sort()) {
    const { name: stem, ext } = parse(name);
    if (name.startsWith(".") || !READABLE.has(ext.toLowerCase())) continue;
    const other = files.get(stem);
    if (other)
      throw new ModelError(
        "bad-image",
        `one file named ${stem} in ${folder}`,
        `${other} and ${name}`,
        "Remove one of them.",
      );
    files.set(stem, join(folder, name));
  }
  return files;
}

/** Images with the label of the same name (the extension may differ), sorted; and the names that have no partner. */
export async function pairsOf(
  images: string,
  labels: string,
): Promise<{ pairs: Pair[]; unpaired: string[] }> {
  const [a, b] = await Promise.all([filesOf(images, "images"), filesOf(labels, "labels")]);
  const pairs = [...a].flatMap(([name, image]) => {
    const label = b.get(name);
    return label ? [{ name, image, label }] : [];
  });
  const unpaired = [
    ...[...a.keys()].filter((n) => !b.has(n)),
    ...[...b.keys()].filter((n) => !a.has(n)),
  ].sort();
  if (pairs.length === 0)
    throw new ModelError(
      "bad-image",
      `images in ${images} and labels of the same names in ${labels}`,
      `${a.size} images, ${b.size} labels, no name in both`,
      "Name each label like its image; PNG, TIFF, JPEG, WebP are read.",
    );
  return { pairs, unpaired };
}

async function raw(path: string) {
  try {
    const bytes = await readFile(path);
    const open = () => sharp(bytes, { limitInputPixels: MAX_PIXELS, failOn: "error" });
    const { depth, channels = 0, hasAlpha, format } = await open().metadata();
    if (depth !== "uchar" && depth !== "ushort")
      throw new Error(`${depth} samples (${format}): 8 and 16 bit unsigned are read`);
    const colours = channels - (hasAlpha ? 1 : 0);
    const wide = depth === "ushort";
    const space = colours >= 3 ? (wide ? "rgb16" : "srgb") : wide ? "grey16" : "b-w";
    const picture = open().removeAlpha().toColourspace(space).raw({ depth });
    const { data, info } = await picture.toBuffer({ resolveWithObject: true });
    const values = wide
      ? new Uint16Array(data.buffer, data.byteOffset, data.length / 2)
      : new Uint8Array(data);
    return { width: info.width, height: info.height, channels: info.channels, data: values };
  } catch (error) {
    throw new ModelError(
      "bad-image",
      `a readable picture at ${path}`,
      (error as Error).message,
      "Convert it to PNG or leave it out.",
      error,
    );
  }
}

export async function readImage(path: string): Promise<Pixels> {
  const r = await raw(path);
  if (r.channels !== 1 && r.channels !== 3)
    throw new ModelError(
      "bad-image",
      `one channel or three in ${path}`,
      `${r.channels}`,
      "Convert it to grey or RGB.",
    );
  return { ...r, channels: r.channels };
}

export async function readLabels(path: string): Promise<LabelImage> {
  const r = await raw(path);
  if (r.channels === 1) return r;
  // some tools store labels as grey RGB: fine as long as the channels agree
  const data = new Uint16Array(r.width * r.height);
  for (let i = 0; i < data.length; i++) {
    const at = i * r.channels;
    data[i] = r.data[at] as number;
    for (let c = 1; c < r.channels; c++)
      if (r.data[at + c] !== data[i])
        throw new ModelError(
          "bad-image",
          `a label image at ${path}: one number a pixel`,
          "colours",
          "Store the object's number in each pixel, 16 bit grey.",
        );
  }
  return { width: r.width, height: r.height, data };
}
