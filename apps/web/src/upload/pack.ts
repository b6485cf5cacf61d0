import type { Parcel } from "./parcels.ts";

const MAGIC = "COSCOPK1";

/**
 * Many files as one blob: "COSCOPK1", the length of the list (u32, little-endian), the list (JSON, `[[name, bytes], …]`), then the files, one
 * after another. Nothing is read yet.
 */
export function blobOf({ files, packed }: Parcel): Blob {
  if (!packed) return files[0]!.file;
  const list = new TextEncoder().encode(JSON.stringify(files.map(({ path, file }) => [path, file.size])));
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, list.length, true);
  return new Blob([MAGIC, length, list, ...files.map(({ file }) => file)]);
}

/** Tells one parcel from another after a reload: names, sizes and dates, not what is in the files. */
export function fingerprintOf({ name, files }: Parcel): string {
  let hash = 0xcbf29ce484222325n;
  for (const { path, file } of files) {
    for (const byte of new TextEncoder().encode(`${path}\0${file.size}\0${file.lastModified}\n`)) {
      hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & 0xffffffffffffffffn;
    }
  }
  return `coscope-${name}-${files.length}-${hash.toString(16)}`;
}
