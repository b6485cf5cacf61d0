import { statfs } from "node:fs/promises";

/** How much may be uploaded; whatever is left out has a sensible value. */
export interface UploadLimits {
  /** Bytes that all uploads and the images made of them may take together; otherwise all but a tenth of the disk. */
  readonly quotaBytes?: number;
  /** Bytes that one person's may take; otherwise half of what is left. */
  readonly userQuotaBytes?: number;
  /** Unfinished uploads that nothing was added to for so long are removed. */
  readonly expireMs?: number;
  /** Images that are converted at the same time. */
  readonly workers?: number;
}

export const EXPIRE_MS = 3 * 24 * 3600 * 1000;
export const WORKERS = 1;
/** Uploads of one person that are not images yet. */
export const MAX_PENDING = 2000;
/** At least so much of a disk stays free, or a tenth of it where that is less. */
const RESERVE_BYTES = 20 * 2 ** 30;
/** An image takes more room than its file while both are there. */
const WHILE_CONVERTING = 2;

export interface Held {
  /** Bytes of uploads that have not come yet. */
  readonly expected: number;
  /** Bytes of uploads and images that are there, or expected. */
  readonly all: number;
  readonly own: number;
}

export type Refusal = { readonly code: "disk-full" | "quota" | "user-quota"; readonly left: number };

/** Whether there is room for so many more bytes; null where there is. */
export async function refusalFor(
  dir: string,
  bytes: number,
  { expected, all, own }: Held,
  limits: UploadLimits,
): Promise<Refusal | null> {
  const { bavail, blocks, bsize } = await statfs(dir);
  const free = bavail * bsize - Math.min(RESERVE_BYTES, (blocks * bsize) / 10) - expected;
  if (bytes * WHILE_CONVERTING > free)
    return { code: "disk-full", left: Math.max(0, free / WHILE_CONVERTING) };
  const total = limits.quotaBytes ?? Number.POSITIVE_INFINITY;
  if (all + bytes > total) return { code: "quota", left: Math.max(0, total - all) };
  const each = limits.userQuotaBytes ?? (Math.min(free, total - all) + own) / 2;
  if (own + bytes > each) return { code: "user-quota", left: Math.max(0, each - own) };
  return null;
}

/** "3.2 GB". */
export function inWords(bytes: number): string {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  for (; value >= 1000 && unit < units.length - 1; unit++) value /= 1000;
  return `${unit === 0 || value >= 100 ? Math.floor(value) : value.toFixed(1)} ${units[unit]}`;
}
