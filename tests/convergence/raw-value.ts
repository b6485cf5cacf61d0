import { decodeGeometryValue, type Field } from "@coscope/annotations";
import type * as Y from "yjs";

/** A value as PROTOCOL.md describes it, read without our own reader. `content` compares as text. */
export interface RawValue {
  readonly content: string;
  readonly stamp: string;
  /** Of a removal: the geometry's stamp that the remover saw. */
  readonly seen?: string;
}

export const hex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

const ABSENT: Readonly<Record<Field, unknown>> = { geometry: null, class: null, label: "", removed: false };

export function rawValue(doc: Y.Doc, id: string, field: Field): RawValue {
  const origin = doc.getMap("origin").get(id) as [string, number, Uint8Array, ...unknown[]];
  const created = hex(origin[2]);
  const first = { geometry: origin[4], class: origin[5], label: origin[6], removed: undefined }[field];
  const raw = doc.getMap(field).get(id) ?? first;
  if (field === "geometry") {
    const { geometry, stamps } = decodeGeometryValue(raw as Uint8Array);
    return { content: JSON.stringify(geometry), stamp: stamps ? hex(stamps.stamp) : created };
  }
  if (!Array.isArray(raw)) return { content: JSON.stringify(raw ?? ABSENT[field]), stamp: created };
  const [value, stamps] = raw as [unknown, Uint8Array];
  const result = { content: JSON.stringify(value), stamp: hex(stamps.subarray(0, 8)) };
  return field === "removed" ? { ...result, seen: hex(stamps.subarray(16, 24)) } : result;
}
