import { decodeGeometryValue, type Field } from "@coscope/annotations";
import type * as Y from "yjs";

/** A value as PROTOCOL.md describes it, read without our own reader. `content` compares as text. */
export interface RawValue {
  readonly content: string;
  readonly stamp: string;
  /** The stamp of the annotation's creation. */
  readonly created: string;
  /** Of a removal: the geometry's stamp that the remover saw. */
  readonly seen?: string;
}

export const hex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

const ABSENT: Readonly<Partial<Record<Field, unknown>>> = { label: "", removed: false };

export function rawValue(doc: Y.Doc, id: string, field: Field): RawValue {
  const origin = doc.getMap("origin").get(id) as [string, number, Uint8Array, ...unknown[]];
  const created = hex(origin[2]);
  const firsts: Partial<Record<Field, unknown>> = { geometry: origin[4], class: origin[5], label: origin[6] };
  const isAttribute = field.startsWith("attribute/");
  const name = field.slice("attribute/".length);
  const stored = isAttribute ? doc.getMap("attribute").get(`${id}/${name}`) : doc.getMap(field).get(id);
  const raw = stored ?? firsts[field];
  if (field === "geometry") {
    const { geometry, stamps } = decodeGeometryValue(raw as Uint8Array);
    return { content: JSON.stringify(geometry), stamp: stamps ? hex(stamps.stamp) : created, created };
  }
  if (!Array.isArray(raw))
    return { content: JSON.stringify(raw ?? ABSENT[field] ?? null), stamp: created, created };
  const [value, stamps] = raw as [unknown, Uint8Array];
  const result = { content: JSON.stringify(value), stamp: hex(stamps.subarray(0, 8)), created };
  return field === "removed" ? { ...result, seen: hex(stamps.subarray(16, 24)) } : result;
}
