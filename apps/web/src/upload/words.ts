import type { UploadItem } from "./rows.ts";

const UNITS = ["bytes", "kB", "MB", "GB", "TB"];

/** A size in bytes: "3.2 GB". */
export function inWords(bytes: number): string {
  let value = bytes;
  let unit = 0;
  for (; value >= 1000 && unit < UNITS.length - 1; unit++) value /= 1000;
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`;
}

const percent = (share: number): string => `${Math.floor(Math.min(1, share) * 100)} %`;

/** What is happening to an upload, in a few words. */
export function wordsOf({ state, bytes, sent, progress, images }: UploadItem): string {
  const share = percent(sent / Math.max(1, bytes));
  switch (state) {
    case "queued":
      return "Waiting to be sent";
    case "uploading":
      return `Uploading, ${share}`;
    case "offline":
      return `Waiting for the server, ${share} sent`;
    case "interrupted":
      return `Interrupted at ${share}. Drop or choose the same file again to go on.`;
    case "waiting":
      return "Uploaded, waiting for its turn";
    case "converting":
      return `Converting, ${percent(progress)}`;
    case "ready":
      return images.length === 1 ? "Ready" : `${images.length} images are ready`;
    case "failed":
      return "Not imported";
    case "cancelled":
      return "Cancelled";
  }
}
