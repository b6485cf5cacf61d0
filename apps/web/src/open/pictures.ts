import type { Api } from "../api/index.ts";
import type { ImageRow } from "../state/rows.ts";
import { read } from "./reading.ts";
import type { Sight } from "./reading-shared.ts";

/** Object URLs of pictures drawn in this tab, by the address of the image. */
const drawn = new Map<string, Promise<string | null>>();
const sent = new Set<string>();

/** A small picture of what is at an address, as an object URL; null where it would be too much to read. */
export function pictureAt(url: string, signal?: AbortSignal): Promise<string | null> {
  let picture = drawn.get(url);
  if (!picture) {
    picture = read("picture", url, signal).then(
      (found) => found.picture && URL.createObjectURL(found.picture),
    );
    drawn.set(url, picture);
    picture.catch(() => drawn.delete(url));
  }
  return picture;
}

/**
 * Draws an image's small picture and leaves it on the server for everybody, once. `from`: where its pixels are,
 * for a plate or series those of its first image. True when it has.
 */
export async function keepPicture(api: Api, image: ImageRow, from = image.url): Promise<boolean> {
  if (image.preview !== null || sent.has(image.id)) return false;
  sent.add(image.id);
  try {
    const { sight, picture } = await read("picture", from);
    if (picture) await sendPicture(api, image.id, sight, picture);
    return picture !== null;
  } catch {
    // Whoever opens it next tries again; an image that cannot be read says so where it is opened.
    sent.delete(image.id);
    return false;
  }
}

export async function sendPicture(api: Api, id: string, { summary }: Sight, picture: Blob): Promise<void> {
  sent.add(id);
  await api.keepPreview(id, { summary, picture: await base64Of(picture) });
}

async function base64Of(blob: Blob): Promise<string> {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}
