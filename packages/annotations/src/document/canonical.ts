import {
  createEncoder,
  type Encoder,
  toUint8Array,
  writeFloat64,
  writeUint8,
  writeVarString,
  writeVarUint,
  writeVarUint8Array,
} from "lib0/encoding";

const TAG = {
  null: 0,
  false: 1,
  true: 2,
  number: 3,
  string: 4,
  bytes: 5,
  array: 6,
  object: 7,
  other: 8,
} as const;

/**
 * One encoding per value, whichever Yjs implementation wrote it: numbers (BigInt too) as float64, object keys
 * sorted. `undefined` and shared types, which the protocol does not allow, only get a tag.
 */
export function writeCanonical(out: Encoder, value: unknown): void {
  if (value === null) writeUint8(out, TAG.null);
  else if (typeof value === "boolean") writeUint8(out, value ? TAG.true : TAG.false);
  else if (typeof value === "number" || typeof value === "bigint") {
    writeUint8(out, TAG.number);
    writeFloat64(out, Number(value));
  } else if (typeof value === "string") {
    writeUint8(out, TAG.string);
    writeVarString(out, value);
  } else if (value instanceof Uint8Array) {
    writeUint8(out, TAG.bytes);
    writeVarUint8Array(out, value);
  } else if (Array.isArray(value)) {
    writeUint8(out, TAG.array);
    writeVarUint(out, value.length);
    for (const item of value) writeCanonical(out, item);
  } else if (typeof value === "object" && Object.getPrototypeOf(value) === Object.prototype) {
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    writeUint8(out, TAG.object);
    writeVarUint(out, entries.length);
    for (const [key, item] of entries) {
      writeVarString(out, key);
      writeCanonical(out, item);
    }
  } else writeUint8(out, TAG.other);
}

/** The canonical encoding of one value. */
export function canonicalBytes(value: unknown): Uint8Array {
  const out = createEncoder();
  writeCanonical(out, value);
  return toUint8Array(out);
}
