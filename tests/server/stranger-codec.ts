import { createHash } from "node:crypto";
import type * as Y from "yjs";

/** §3 and §9 of PROTOCOL.md, written anew from its text: nothing of `@coscope/annotations` is used or looked at. */

export type Shape =
  | { kind: "point"; x: number; y: number }
  | { kind: "rectangle"; x: number; y: number; width: number; height: number; turn: number }
  | { kind: "polygon"; parts: number[][][][] };

const KINDS = { point: 1, rectangle: 3, polygon: 5 } as const;
const TURN = 2 ** 24;
const px = (value: number) => Math.round(value * 64);

function varuint(out: number[], n: number): void {
  let rest = n;
  while (rest > 127) {
    out.push((rest % 128) | 128);
    rest = Math.floor(rest / 128);
  }
  out.push(rest);
}

const varint = (out: number[], n: number) => varuint(out, n < 0 ? -2 * n - 1 : 2 * n);

/** On z 0 and t 0. `stamps`: stamp and parent, 16 bytes; left out for a first value. */
export function encodeShape(shape: Shape, stamps?: Uint8Array): Uint8Array {
  const out = [1, stamps ? 1 : 0, KINDS[shape.kind], 0, 0, ...(stamps ?? [])];
  if (shape.kind === "polygon") {
    let last: [number, number] = [0, 0];
    varuint(out, shape.parts.length);
    for (const rings of shape.parts) {
      varuint(out, rings.length);
      for (const ring of rings) {
        varuint(out, ring.length);
        for (const [x = 0, y = 0] of ring) {
          const here: [number, number] = [px(x), px(y)];
          varint(out, here[0] - last[0]);
          varint(out, here[1] - last[1]);
          last = here;
        }
      }
    }
    return Uint8Array.from(out);
  }
  varint(out, px(shape.x));
  varint(out, px(shape.y));
  if (shape.kind === "rectangle") {
    varuint(out, px(shape.width));
    varuint(out, px(shape.height));
    varuint(out, Math.round(shape.turn * TURN));
  }
  return Uint8Array.from(out);
}

export function decodeShape(bytes: Uint8Array): { shape: Shape; stamp: Uint8Array | null } {
  let at = 0;
  const byte = () => bytes[at++]!;
  const uint = () => {
    for (let n = 0, factor = 1; ; factor *= 128) {
      const group = byte();
      n += (group & 127) * factor;
      if (group < 128) return n;
    }
  };
  const int = () => {
    const n = uint();
    return n % 2 ? -(n + 1) / 2 : n / 2;
  };
  const [version, flags, kind, z, t] = [byte(), byte(), byte(), uint(), uint()];
  if (version !== 1 || (flags & ~9) !== 0 || z !== 0 || t !== 0) throw new Error("not written by this test");
  const stamp = flags & 1 ? bytes.slice(at, at + 8) : null;
  const perPx = flags & 8 ? 1 : 64;
  if (stamp) at += 16;
  const shape = body();
  if (at !== bytes.length) throw new Error(`${bytes.length - at} bytes follow`);
  return { shape, stamp };

  function body(): Shape {
    if (kind === KINDS.point) return { kind: "point", x: int() / perPx, y: int() / perPx };
    if (kind === KINDS.rectangle) {
      const [x, y, width, height] = [int() / perPx, int() / perPx, uint() / perPx, uint() / perPx];
      return { kind: "rectangle", x, y, width, height, turn: uint() / TURN };
    }
    let [x, y] = [0, 0];
    const times = <T>(what: () => T) => Array.from({ length: uint() }, what);
    const vertex = () => {
      x += int();
      y += int();
      return [x / perPx, y / perPx];
    };
    return { kind: "polygon", parts: times(() => times(() => times(vertex))) };
  }
}

const MAPS = ["geometry", "class", "label", "attribute", "origin", "removed"];

/** Lowercase hex. */
export function hashOf(doc: Y.Doc): string {
  const out: number[] = [];
  const text = (string: string) => {
    const bytes = new TextEncoder().encode(string);
    varuint(out, bytes.length);
    out.push(...bytes);
  };
  const value = (of: unknown): void => {
    if (of === null) out.push(0);
    else if (of === false) out.push(1);
    else if (of === true) out.push(2);
    else if (typeof of === "number") {
      const bytes = new Uint8Array(8);
      new DataView(bytes.buffer).setFloat64(0, of);
      out.push(3, ...bytes);
    } else if (typeof of === "string") {
      out.push(4);
      text(of);
    } else if (of instanceof Uint8Array) {
      out.push(5);
      varuint(out, of.length);
      out.push(...of);
    } else if (Array.isArray(of)) {
      out.push(6);
      varuint(out, of.length);
      of.forEach(value);
    } else {
      const entries = Object.entries(of as object).sort(([a], [b]) => (a < b ? -1 : 1));
      out.push(7);
      varuint(out, entries.length);
      for (const [key, inner] of entries) {
        text(key);
        value(inner);
      }
    }
  };
  for (const name of MAPS) {
    const map = doc.getMap(name);
    const keys = [...map.keys()].sort();
    text(name);
    varuint(out, keys.length);
    for (const key of keys) {
      text(key);
      value(map.get(key));
    }
  }
  return createHash("sha256").update(Uint8Array.from(out)).digest("hex");
}
