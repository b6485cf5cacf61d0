import { ByteReader, ByteWriter, inRange, type Pen } from "./bytes.ts";
import { GeometryDecodeError, GeometryError } from "./errors.ts";
import { MAX_GEOMETRY_BYTES, MAX_PLANE_INDEX, MAX_VERTICES, ROTATION_STEPS, UNITS_PER_PX } from "./limits.ts";
import { fromRotationStep, toRotationStep, toUnits } from "./quantize.ts";
import type { Geometry, GeometryKind, Plane, Ring } from "./types.ts";

/** First byte of every geometry. PROTOCOL.md, "Geometry". */
export const GEOMETRY_VERSION = 1;
const FLAG_STAMPED = 1;
const FLAG_ALL_Z = 2;
const FLAG_ALL_T = 4;
/** Every length and coordinate is a whole number of pixels and stored as such: masks and imported outlines are. */
const FLAG_WHOLE = 8;
const KNOWN_FLAGS = FLAG_STAMPED | FLAG_ALL_Z | FLAG_ALL_T | FLAG_WHOLE;
const MAX_STEPS = ROTATION_STEPS - 1;

const KIND_CODES: Readonly<Record<GeometryKind, number>> = {
  point: 1,
  polyline: 2,
  rectangle: 3,
  ellipse: 4,
  polygon: 5,
};

/** Encoding is synchronous, so that one buffer does for all. */
const out = new ByteWriter();

/** Stamp and parent stamp of a geometry value that replaced another, 8 bytes each. */
export interface GeometryStampBytes {
  readonly stamp: Uint8Array;
  readonly parent: Uint8Array;
}

/** A stored geometry: `stamps` is null in an annotation's first one. */
export interface DecodedGeometry {
  readonly geometry: Geometry;
  readonly stamps: GeometryStampBytes | null;
}

/**
 * Bytes of a geometry, format version 1. Without `stamps` it is an annotation's first geometry.
 * Does not check that it makes sense: `checkGeometry` does. Throws GeometryError where it would be too large.
 */
export function encodeGeometry(g: Geometry, stamps: GeometryStampBytes | null = null): Uint8Array {
  const { z, t } = g.plane;
  out.reset();
  out.u8(GEOMETRY_VERSION);
  const whole = isWhole(g);
  const planes = (z === "all" ? FLAG_ALL_Z : 0) | (t === "all" ? FLAG_ALL_T : 0);
  out.u8((stamps ? FLAG_STAMPED : 0) | planes | (whole ? FLAG_WHOLE : 0));
  out.u8(KIND_CODES[g.kind]);
  if (z !== "all") out.varUint(z);
  if (t !== "all") out.varUint(t);
  if (stamps) {
    out.bytes(stamps.stamp);
    out.bytes(stamps.parent);
  }
  writeBody(g, whole ? 1 : UNITS_PER_PX);
  const bytes = out.finish();
  if (bytes.length > MAX_GEOMETRY_BYTES)
    throw new GeometryError("too-large", `at most ${MAX_GEOMETRY_BYTES} bytes`, `${bytes.length}`);
  return bytes;
}

/** Whether all lengths and coordinates, rounded as they are stored, are whole pixels. */
function isWhole(g: Geometry): boolean {
  const whole = (px: number) => toUnits(px) % UNITS_PER_PX === 0;
  switch (g.kind) {
    case "point":
      return whole(g.x) && whole(g.y);
    case "rectangle":
      return whole(g.x) && whole(g.y) && whole(g.width) && whole(g.height);
    case "ellipse":
      return whole(g.cx) && whole(g.cy) && whole(g.rx) && whole(g.ry);
    case "polyline":
      return g.points.every(whole);
    case "polygon":
      return g.parts.every((rings) => rings.every((ring) => ring.every(whole)));
  }
}

/** @param perPx what is stored for one pixel: 1 or 64 */
function writeBody(g: Geometry, perPx: number): void {
  const units = (px: number) => (perPx === 1 ? Math.round(px) + 0 : toUnits(px));
  switch (g.kind) {
    case "point":
      out.varInt(units(g.x));
      out.varInt(units(g.y));
      return;
    case "rectangle":
      out.varInt(units(g.x));
      out.varInt(units(g.y));
      out.varUint(units(g.width));
      out.varUint(units(g.height));
      out.varUint(toRotationStep(g.rotation));
      return;
    case "ellipse":
      out.varInt(units(g.cx));
      out.varInt(units(g.cy));
      out.varUint(units(g.rx));
      out.varUint(units(g.ry));
      out.varUint(toRotationStep(g.rotation));
      return;
    case "polyline":
      ringWriter(units)(g.points);
      return;
    case "polygon": {
      const writeRing = ringWriter(units);
      out.varUint(g.parts.length);
      for (const rings of g.parts) {
        out.varUint(rings.length);
        for (const ring of rings) writeRing(ring);
      }
    }
  }
}

/** Deltas run on from ring to ring, so that parts and holes near each other stay short. */
function ringWriter(units: (px: number) => number): (ring: Ring) => void {
  let lastX = 0;
  let lastY = 0;
  return (ring) => {
    out.varUint(ring.length / 2);
    for (let i = 0; i < ring.length; i += 2) {
      const x = units(ring[i]!);
      const y = units(ring[i + 1]!);
      out.varInt(x - lastX);
      out.varInt(y - lastY);
      lastX = x;
      lastY = y;
    }
  };
}

/** The geometry in these bytes. Throws GeometryDecodeError and nothing else, whatever the bytes. */
export function decodeGeometry(bytes: Uint8Array): Geometry {
  return decodeGeometryValue(bytes).geometry;
}

/** Like `decodeGeometry`, with the stamps of the value. */
export function decodeGeometryValue(bytes: Uint8Array): DecodedGeometry {
  const { reader, kind, plane, perPx, stamps } = readHeader(bytes);
  const geometry = readBody(reader, kind, plane, perPx);
  if (reader.remaining > 0)
    throw new GeometryDecodeError("trailing-bytes", "the end", `${reader.remaining} more bytes`);
  return { geometry, stamps };
}

/** Only the stamps; the body is not looked at. */
export function decodeGeometryStamps(bytes: Uint8Array): GeometryStampBytes | null {
  return readHeader(bytes).stamps;
}

interface Header {
  readonly reader: ByteReader;
  readonly kind: number;
  readonly plane: Plane;
  /** What is stored for one pixel: 1 or 64. */
  readonly perPx: number;
  readonly stamps: GeometryStampBytes | null;
}

/** Most annotations of a layer lie on one plane, and share it. */
let lastPlane: Plane = { z: 0, t: 0 };

function readHeader(bytes: Uint8Array): Header {
  if (!(bytes instanceof Uint8Array))
    throw new GeometryDecodeError("not-bytes", "a Uint8Array", typeof bytes);
  if (bytes.length > MAX_GEOMETRY_BYTES)
    throw new GeometryDecodeError("too-large", `at most ${MAX_GEOMETRY_BYTES} bytes`, `${bytes.length}`);
  const reader = new ByteReader(bytes);
  const version = reader.u8();
  if (version !== GEOMETRY_VERSION)
    throw new GeometryDecodeError("unknown-version", `version ${GEOMETRY_VERSION}`, `${version}`);
  const flags = reader.u8();
  if ((flags & ~KNOWN_FLAGS) !== 0)
    throw new GeometryDecodeError("unknown-flags", `flags within ${KNOWN_FLAGS}`, `${flags}`);
  const kind = reader.u8();
  const z = flags & FLAG_ALL_Z ? "all" : readPlaneIndex(reader);
  const t = flags & FLAG_ALL_T ? "all" : readPlaneIndex(reader);
  if (z !== lastPlane.z || t !== lastPlane.t) lastPlane = { z, t };
  const stamps = flags & FLAG_STAMPED ? { stamp: reader.bytes(8), parent: reader.bytes(8) } : null;
  const perPx = flags & FLAG_WHOLE ? 1 : UNITS_PER_PX;
  return { reader, kind, plane: lastPlane, perPx, stamps };
}

function readPlaneIndex(reader: ByteReader): number {
  const index = reader.varUint();
  if (index >= MAX_PLANE_INDEX)
    throw new GeometryDecodeError("out-of-range", `a plane below ${MAX_PLANE_INDEX}`, `${index}`);
  return index;
}

function readBody(reader: ByteReader, kind: number, plane: Plane, perPx: number): Geometry {
  switch (kind) {
    case KIND_CODES.point:
      return { kind: "point", plane, x: readCoordinate(reader, perPx), y: readCoordinate(reader, perPx) };
    case KIND_CODES.rectangle:
      return {
        kind: "rectangle",
        plane,
        x: readCoordinate(reader, perPx),
        y: readCoordinate(reader, perPx),
        width: readExtent(reader, perPx),
        height: readExtent(reader, perPx),
        rotation: readRotation(reader),
      };
    case KIND_CODES.ellipse:
      return {
        kind: "ellipse",
        plane,
        cx: readCoordinate(reader, perPx),
        cy: readCoordinate(reader, perPx),
        rx: readExtent(reader, perPx),
        ry: readExtent(reader, perPx),
        rotation: readRotation(reader),
      };
    case KIND_CODES.polyline:
      return { kind: "polyline", plane, points: readRing(reader, newPen(), perPx, 2) };
    case KIND_CODES.polygon:
      return { kind: "polygon", plane, parts: readParts(reader, perPx) };
    default:
      throw new GeometryDecodeError("unknown-kind", "a kind from 1 to 5", `${kind}`);
  }
}

const readCoordinate = (reader: ByteReader, perPx: number): number => inRange(reader.varInt() / perPx);
const readExtent = (reader: ByteReader, perPx: number): number => inRange(reader.varUint() / perPx);

function readParts(reader: ByteReader, perPx: number): Ring[][] {
  const pen = newPen();
  // Arrays without room to spare: most polygons are one ring in one part, and a push reserves 17 places for it.
  // The least part is one ring of three vertices: 1 + 1 + 3 × 2 bytes.
  const parts = new Array<Ring[]>(readCount(reader, 1, 8));
  for (let p = 0; p < parts.length; p++) {
    const rings = new Array<Ring>(readCount(reader, 1, 7));
    for (let r = 0; r < rings.length; r++) rings[r] = readRing(reader, pen, perPx, 3);
    parts[p] = rings;
  }
  return parts;
}

/** A count that the remaining bytes can hold, checked before anything is allocated for it. */
function readCount(reader: ByteReader, least: number, bytesEach: number): number {
  const count = reader.varUint();
  if (count < least) throw new GeometryDecodeError("bad-count", `at least ${least}`, `${count}`);
  if (count * bytesEach > reader.remaining)
    throw new GeometryDecodeError("bad-count", `${count * bytesEach} more bytes`, `${reader.remaining}`);
  return count;
}

/** Steps run on from ring to ring, and the limit of vertices is for all of them. */
const newPen = (): Pen => ({ x: 0, y: 0, drawn: 0 });

function readRing(reader: ByteReader, pen: Pen, perPx: number, least: number): Ring {
  const count = readCount(reader, least, 2);
  pen.drawn += count;
  if (pen.drawn > MAX_VERTICES)
    throw new GeometryDecodeError("bad-count", `at most ${MAX_VERTICES} vertices`, `${pen.drawn}`);
  return reader.vertices(count, pen, 1 / perPx);
}

function readRotation(reader: ByteReader): number {
  const step = reader.varUint();
  if (step > MAX_STEPS)
    throw new GeometryDecodeError("out-of-range", `a rotation up to ${MAX_STEPS}`, `${step}`);
  return fromRotationStep(step);
}
