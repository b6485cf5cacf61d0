import { ROTATION_STEPS, UNITS_PER_PX } from "./limits.ts";
import type { Geometry, Ring } from "./types.ts";

/** px → the integer that is stored. `+ 0` turns -0 into 0, which decoding could not give back. */
export const toUnits = (px: number): number => Math.round(px * UNITS_PER_PX) + 0;
const fromUnits = (units: number): number => units / UNITS_PER_PX;

const TURN = 2 * Math.PI;

/** Radians → the stored step in [0, 2^24). */
export function toRotationStep(radians: number): number {
  const turns = radians / TURN;
  return Math.round((turns - Math.floor(turns)) * ROTATION_STEPS) % ROTATION_STEPS;
}
export const fromRotationStep = (step: number): number => (step / ROTATION_STEPS) * TURN;

const snap = (px: number): number => fromUnits(toUnits(px));
const snapRing = (ring: Ring): Ring => ring.map(snap);
const snapRotation = (radians: number): number => fromRotationStep(toRotationStep(radians));

/** What `decodeGeometry(encodeGeometry(g))` gives: coordinates on the 1/64 px grid, rotation in [0, 2π). */
export function quantizeGeometry(g: Geometry): Geometry {
  const plane = { z: g.plane.z, t: g.plane.t };
  switch (g.kind) {
    case "point":
      return { kind: g.kind, plane, x: snap(g.x), y: snap(g.y) };
    case "polyline":
      return { kind: g.kind, plane, points: snapRing(g.points) };
    case "rectangle":
      return {
        kind: g.kind,
        plane,
        x: snap(g.x),
        y: snap(g.y),
        width: snap(g.width),
        height: snap(g.height),
        rotation: snapRotation(g.rotation),
      };
    case "ellipse":
      return {
        kind: g.kind,
        plane,
        cx: snap(g.cx),
        cy: snap(g.cy),
        rx: snap(g.rx),
        ry: snap(g.ry),
        rotation: snapRotation(g.rotation),
      };
    case "polygon":
      return { kind: g.kind, plane, parts: g.parts.map((rings) => rings.map(snapRing)) };
  }
}
