import {
  decodeGeometryValue,
  encodeGeometry,
  type Geometry,
  GeometryDecodeError,
  type GeometryStampBytes,
} from "../geometry/index.ts";
import { type ClassId, isId, type UserId } from "./ids.ts";
import { isBoundedJson, type Json } from "./json.ts";
import { STAMP_BYTES, type Stamp, stampFromBytes, stampsToBytes } from "./stamps.ts";

export const MAX_LABEL_LENGTH = 1000;

/** Where an annotation came from, e.g. model, its hash and the prompts. Plain data, at most 16 KiB. */
export type Provenance = { readonly [key: string]: Json };

/** What an annotation was when it was added. `geometry` is still encoded: most have been looked at by someone else. */
export interface FirstValues {
  readonly geometry: Uint8Array;
  readonly classId: ClassId | null;
  readonly label: string;
}

/**
 * Written once when the annotation is added. `created` is in ms since 1970 UTC. `first` is null where the first
 * values stand in the maps, as they did in version 1.
 */
export interface Origin {
  readonly author: UserId;
  readonly created: number;
  readonly stamp: Stamp;
  readonly provenance: Provenance | null;
  readonly first: FirstValues | null;
}

/** A stored value. `stamps` is null in a first one: its stamp is then the creation's. */
export interface Stored<T> {
  readonly value: T;
  readonly stamps: { readonly stamp: Stamp; readonly parent: Stamp } | null;
}

/** `removed`: what it says, and which geometry the remover saw. Never a first value. */
export interface StoredRemoved {
  readonly value: boolean;
  readonly stamps: { readonly stamp: Stamp; readonly parent: Stamp };
  readonly seenGeometry: Stamp;
}

/** Thrown by the readers below; callers count it or turn it into a DocumentError. */
export class ValueError extends Error {
  override readonly name = "ValueError";
  readonly expected: string;
  constructor(expected: string) {
    super(`Expected ${expected}.`);
    this.expected = expected;
  }
}

export function parseOrigin(raw: unknown): Origin {
  if (!Array.isArray(raw) || raw.length < 3 || raw.length > 7)
    throw new ValueError(
      "[author, created, stamp, provenance, geometry, class, label], the last four at will",
    );
  const [author, created, stamp, provenance = null, geometry, classId = null, label = ""] = raw as unknown[];
  // Other Yjs implementations write integers as BigInt.
  const ms = typeof created === "bigint" ? Number(created) : created;
  if (!isId(author)) throw new ValueError("an id as author");
  if (typeof ms !== "number" || !Number.isSafeInteger(ms) || ms < 0)
    throw new ValueError("created as whole milliseconds since 1970");
  if (!isBytes(stamp, STAMP_BYTES)) throw new ValueError("a stamp of 8 bytes");
  if (
    provenance !== null &&
    (!isBoundedJson(provenance) || Array.isArray(provenance) || typeof provenance !== "object")
  )
    throw new ValueError("provenance as an object of plain data up to 16 KiB");
  const first = raw.length > 4 ? { geometry, classId, label } : null;
  if (first && !isFirst(first)) throw new ValueError("geometry as bytes, a class id or null, a label");
  return {
    author,
    created: ms,
    stamp: stampFromBytes(stamp),
    provenance: provenance as Provenance | null,
    first: first as FirstValues | null,
  };
}

const isFirst = ({ geometry, classId, label }: Record<keyof FirstValues, unknown>): boolean =>
  geometry instanceof Uint8Array && isClass(classId) && isLabel(label);

/** The shortest array that says it all. */
export function originValue({ author, created, stamp, provenance, first }: Origin): unknown[] {
  const value: unknown[] = [author, created, stampsToBytes(stamp)];
  if (provenance || first) value.push(provenance);
  if (first) value.push(first.geometry);
  if (first && (first.classId !== null || first.label)) value.push(first.classId);
  if (first?.label) value.push(first.label);
  return value;
}

/** The geometry among the first values. */
export function parseFirstGeometry({ geometry }: FirstValues): Geometry {
  const { value, stamps } = parseGeometry(geometry);
  if (stamps) throw new ValueError("a first geometry, without stamps");
  return value;
}

export function parseGeometry(raw: unknown): Stored<Geometry> {
  try {
    const { geometry, stamps } = decodeGeometryValue(raw as Uint8Array);
    return {
      value: geometry,
      stamps: stamps && { stamp: stampFromBytes(stamps.stamp), parent: stampFromBytes(stamps.parent) },
    };
  } catch (error) {
    if (error instanceof GeometryDecodeError) throw new ValueError(`a geometry (${error.message})`);
    throw error;
  }
}

export function geometryValue(
  geometry: Geometry,
  stamps: { stamp: Stamp; parent: Stamp } | null,
): Uint8Array {
  const bytes: GeometryStampBytes | null = stamps && {
    stamp: stampsToBytes(stamps.stamp),
    parent: stampsToBytes(stamps.parent),
  };
  return encodeGeometry(geometry, bytes);
}

export function parseClass(raw: unknown): Stored<ClassId | null> {
  return parseStamped(raw, (value) => {
    if (!isClass(value)) throw new ValueError("a class id or null");
    return value;
  });
}

export function parseLabel(raw: unknown): Stored<string> {
  return parseStamped(raw, (value) => {
    if (!isLabel(value)) throw new ValueError(`a string of at most ${MAX_LABEL_LENGTH} characters`);
    return value;
  });
}

export function parseAttribute(raw: unknown): Stored<Json> {
  return parseStamped(raw, (value) => {
    if (!isBoundedJson(value)) throw new ValueError("plain data up to 16 KiB");
    return value;
  });
}

/** A plain value, or `[value, stamp ++ parent]` where it replaced another. */
function parseStamped<T>(raw: unknown, parse: (value: unknown) => T): Stored<T> {
  if (!Array.isArray(raw)) return { value: parse(raw), stamps: null };
  const [value, stamps] = raw as unknown[];
  if (raw.length !== 2 || !isBytes(stamps, 2 * STAMP_BYTES))
    throw new ValueError("a plain value or [value, stamp and parent as 16 bytes]");
  return { value: parse(value), stamps: readStamps(stamps) };
}

export const stampedValue = (value: Json, stamps: { stamp: Stamp; parent: Stamp }): unknown[] => [
  value,
  stampsToBytes(stamps.stamp, stamps.parent),
];

/** `[bool, stamp ++ parent ++ seen geometry stamp]` */
export function parseRemoved(raw: unknown): StoredRemoved {
  if (!Array.isArray(raw) || raw.length !== 2)
    throw new ValueError("[true or false, stamp, parent and seen stamp as 24 bytes]");
  const [value, stamps] = raw as unknown[];
  if (typeof value !== "boolean") throw new ValueError("true or false");
  if (!isBytes(stamps, 3 * STAMP_BYTES)) throw new ValueError("stamp, parent and seen stamp as 24 bytes");
  return { value, stamps: readStamps(stamps), seenGeometry: stampFromBytes(stamps, 2 * STAMP_BYTES) };
}

export const removedValue = (
  value: boolean,
  stamps: { stamp: Stamp; parent: Stamp },
  seenGeometry: Stamp,
): unknown[] => [value, stampsToBytes(stamps.stamp, stamps.parent, seenGeometry)];

const readStamps = (bytes: Uint8Array): { stamp: Stamp; parent: Stamp } => ({
  stamp: stampFromBytes(bytes),
  parent: stampFromBytes(bytes, STAMP_BYTES),
});

const isClass = (value: unknown): value is ClassId | null => value === null || isId(value);
const isLabel = (value: unknown): value is string =>
  typeof value === "string" && value.length <= MAX_LABEL_LENGTH;

const isBytes = (value: unknown, length: number): value is Uint8Array =>
  value instanceof Uint8Array && value.length === length;
