/** Id of the command that wrote a value: 8 random bytes, here as 16 lowercase hex characters. */
export type Stamp = string;

export const STAMP_BYTES = 8;
const STAMP = /^[0-9a-f]{16}$/;
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

export const isStamp = (value: unknown): value is Stamp => typeof value === "string" && STAMP.test(value);

/** A new random stamp; works on plain http pages too. */
export function newStamp(): Stamp {
  return stampFromBytes(crypto.getRandomValues(new Uint8Array(STAMP_BYTES)));
}

/** The stamp in 8 bytes of `bytes` from `offset`. */
export function stampFromBytes(bytes: Uint8Array, offset = 0): Stamp {
  let same = true;
  for (let i = 0; same && i < STAMP_BYTES; i++) same = lastBytes[i] === bytes[offset + i];
  if (same) return lastStamp;
  lastBytes.set(bytes.subarray(offset, offset + STAMP_BYTES));
  lastStamp = lastBytes.reduce((text, byte) => text + HEX[byte], "");
  return lastStamp;
}

/** Annotations that were added together lie one behind the other in a document, and have one stamp. */
const lastBytes = new Uint8Array(STAMP_BYTES);
let lastStamp: Stamp = "0".repeat(2 * STAMP_BYTES);

/** Several stamps end to end, 8 bytes each. */
export function stampsToBytes(...stamps: readonly Stamp[]): Uint8Array {
  const bytes = new Uint8Array(stamps.length * STAMP_BYTES);
  stamps.forEach((stamp, s) => {
    for (let i = 0; i < STAMP_BYTES; i++)
      bytes[s * STAMP_BYTES + i] = Number.parseInt(stamp.slice(2 * i, 2 * i + 2), 16);
  });
  return bytes;
}
