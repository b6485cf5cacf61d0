import type { Viewer } from "@coscope/viewer";

const WIDTH = 192;
const HEIGHT = 120;
/** What the server takes. */
const MAX_BYTES = 24 << 10;

/** What is on screen as a small WebP file in base64; null where the browser cannot make one that is small enough. */
export async function thumbnailOf(viewer: Viewer): Promise<string | null> {
  const picture = await createImageBitmap(await viewer.screenshot());
  const canvas = document.createElement("canvas");
  canvas.width = WIDTH;
  canvas.height = HEIGHT;
  const draw = canvas.getContext("2d");
  if (!draw) return null;
  // The middle of the window fills it, whatever the window's shape.
  const scale = Math.max(WIDTH / picture.width, HEIGHT / picture.height);
  const [width, height] = [picture.width * scale, picture.height * scale];
  draw.imageSmoothingQuality = "high";
  draw.drawImage(picture, (WIDTH - width) / 2, (HEIGHT - height) / 2, width, height);
  picture.close();
  for (const quality of [0.8, 0.5, 0.2]) {
    const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/webp", quality));
    // Where WebP cannot be written, a browser gives a PNG instead.
    if (blob?.type !== "image/webp") return null;
    if (blob.size <= MAX_BYTES) return base64(new Uint8Array(await blob.arrayBuffer()));
  }
  return null;
}

function base64(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}
