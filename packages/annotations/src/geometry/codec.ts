import { ByteReader, ByteWriter } from "./bytes.ts";
import { GeometryDecodeError, GeometryError } from "./errors.ts";
import {
  MAX_COORDINATE,
  MAX_GEOMETRY_BYTES,
  MAX_PLANE_INDEX,
  MAX_VERTICES,
  ROTATION_STEPS,
  UNITS_PER_PX,
} from "./limits.ts";
import { fromRotationStep, fromUnits, toRotationStep, toUnits } from "./quantize.ts";
import type { Geometry, GeometryKind, Plane, Ring } from "./types.ts";

/** First byte of every geometry. PROTOCOL.md, "Geometry". */
export const GEOMETRY_VERSION = 1;
const FLAG_STAMPED = 1;
const FLAG_ALL_Z = 2;
const FLAG_ALL_T = 4;
const KNOWN_FLAGS = FLAG_STAMPED | FLAG_ALL_Z | FLAG_ALL_T;
const MAX_UNITS = MAX_COORDINATE * UNITS_PER_PX;
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
  out.u8((stamps ? FLAG_STAMPED : 0) | (z === "all" ? FLAG_ALL_Z : 0) | (t === "all" ? FLAG_ALL_T : 0));
  out.u8(KIND_CODES[g.kind]);
  if (z !== "all") out.varUint(z);
  if (t !== "all") out.varUint(t);
  if (stamps) {
    out.bytes(stamps.stamp);
    out.bytes(stamps.parent);
  }
  writeBody(g);
  const bytes = out.finish();
  if (bytes.length > MAX_GEOMETRY_BYTES)
    throw new GeometryError("too-large", `at most ${MAX_GEOMETRY_BYTES} bytes`, `${bytes.length}`);
  return bytes;
}

function writeBody(g: Geometry): void {
  switch (g.kind) {
    case "point":
      out.varInt(toUnits(g.x));
      out.varInt(toUnits(g.y));
      return;
    case "rectangle":
      out.varInt(toUnits(g.x));
      out.varInt(toUnits(g.y));
      out.varUint(toUnits(g.width));
      out.varUint(toUnits(g.height));
      out.varUint(toRotationStep(g.rotation));
      return;
    case "ellipse":
      out.varInt(toUnits(g.cx));
      out.varInt(toUnits(g.cy));
      out.varUint(toUnits(g.rx));
      out.varUint(toUnits(g.ry));
      out.varUint(toRotationStep(g.rotation));
      return;
    case "polyline":
      ringWriter()(g.points);
      return;
    case "polygon": {
      const writeRing = ringWriter();
      out.varUint(g.parts.length);
      for (const rings of g.parts) {
        out.varUint(rings.length);
        for (const ring of rings) writeRing(ring);
      }
    }
  }
}

/** Deltas run on from ring to ring, so that parts and holes near each other stay short. */
function ringWriter(): (ring: Ring) => void {
  let lastX = 0;
  let lastY = 0;
  return (ring) => {
    out.varUint(ring.length / 2);
    for (let i = 0; i < ring.length; i += 2) {
      const x = toUnits(ring[i]!);
      const y = toUnits(ring[i + 1]!);
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
  const { reader, kind, plane, stamps } = readHeader(bytes);
  const geometry = readBody(reader, kind, plane);
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
  readonly stamps: GeometryStampBytes | null;
}

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
  const plane: Plane = {
    z: flags & FLAG_ALL_Z ? "all" : readPlaneIndex(reader),
    t: flags & FLAG_ALL_T ? "all" : readPlaneIndex(reader),
  };
  const stamps = flags & FLAG_STAMPED ? { stamp: reader.bytes(8), parent: reader.bytes(8) } : null;
  return { reader, kind, plane, stamps };
}

function readPlaneIndex(reader: ByteReader): number {
  const index = reader.varUint();
  if (index >= MAX_PLANE_INDEX)
    throw new GeometryDecodeError("out-of-range", `a plane below ${MAX_PLANE_INDEX}`, `${index}`);
  return index;
}

function readBody(reader: ByteReader, kind: number, plane: Plane): Geometry {
  switch (kind) {
    case KIND_CODES.point:
      return { kind: "point", plane, x: readCoordinate(reader), y: readCoordinate(reader) };
    case KIND_CODES.rectangle:
      return {
        kind: "rectangle",
        plane,
        x: readCoordinate(reader),
        y: readCoordinate(reader),
        width: readExtent(reader),
        height: readExtent(reader),
        rotation: readRotation(reader),
      };
    case KIND_CODES.ellipse:
      return {
        kind: "ellipse",
        plane,
        cx: readCoordinate(reader),
        cy: readCoordinate(reader),
        rx: readExtent(reader),
        ry: readExtent(reader),
        rotation: readRotation(reader),
      };
    case KIND_CODES.polyline:
      return { kind: "polyline", plane, points: ringReader(reader)(2) };
    case KIND_CODES.polygon:
      return { kind: "polygon", plane, parts: readParts(reader) };
    default:
      throw new GeometryDecodeError("unknown-kind", "a kind from 1 to 5", `${kind}`);
  }
}

function readParts(reader: ByteReader): Ring[][] {
  const readRing = ringReader(reader);
  const parts: Ring[][] = [];
  // The least part is one ring of three vertices: 1 + 1 + 3 × 2 bytes.
  const partCount = readCount(reader, 1, 8);
  for (let p = 0; p < partCount; p++) {
    const rings: Ring[] = [];
    const ringCount = readCount(reader, 1, 7);
    for (let r = 0; r < ringCount; r++) rings.push(readRing(3));
    parts.push(rings);
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

function ringReader(reader: ByteReader): (least: number) => number[] {
  let x = 0;
  let y = 0;
  let total = 0;
  return (least) => {
    const count = readCount(reader, least, 2);
    total += count;
    if (total > MAX_VERTICES)
      throw new GeometryDecodeError("bad-count", `at most ${MAX_VERTICES} vertices`, `${total}`);
    const ring = new Array<number>(count * 2);
    for (let i = 0; i < ring.length; i += 2) {
      x += reader.varInt();
      y += reader.varInt();
      ring[i] = fromUnits(inRange(x));
      ring[i + 1] = fromUnits(inRange(y));
    }
    return ring;
  };
}

function inRange(units: number): number {
  if (units > MAX_UNITS || units < -MAX_UNITS)
    throw new GeometryDecodeError(
      "out-of-range",
      `coordinates within ±${MAX_COORDINATE} px`,
      `${fromUnits(units)}`,
    );
  return units;
}

const readCoordinate = (reader: ByteReader): number => fromUnits(inRange(reader.varInt()));
const readExtent = (reader: ByteReader): number => fromUnits(inRange(reader.varUint()));

function readRotation(reader: ByteReader): number {
  const step = reader.varUint();
  if (step > MAX_STEPS)
    throw new GeometryDecodeError("out-of-range", `a rotation up to ${MAX_STEPS}`, `${step}`);
  return fromRotationStep(step);
}
