import { boundsOf, type Geometry, outlineOf, type Ring } from "@coscope/annotations/geometry";
import earcut from "earcut";

/** What the scene is given to draw. */
export interface SceneItem {
  readonly id: string;
  readonly layerId: string;
  readonly geometry: Geometry;
  /** 0xRRGGBB */
  readonly color: number;
  /** 0…1, on top of the scene's own. */
  readonly opacity?: number;
  /** Whether the inside is tinted; true unless said otherwise. */
  readonly filled?: boolean;
  readonly label?: string;
  /** Higher lies over lower, whatever its size; 0 unless given. */
  readonly order?: number;
}

/** Lines and triangles of one item, relative to an origin so that floats suffice. */
export interface ItemMesh {
  /** Polylines of x, y; closed ones end where they begin. */
  readonly chains: readonly Float32Array[];
  /** x, y of each corner, three a triangle. */
  readonly triangles: Float32Array;
  /** x, y of the middle: where the item's dot goes when it is too small to be drawn. */
  readonly middle: readonly [number, number];
}

const NO_TRIANGLES = new Float32Array(0);

export interface MeshOptions {
  /** How far from a curve its edges may be, image px. */
  readonly tolerancePx: number;
  readonly filled: boolean;
  /** Rings of more are thinned out. */
  readonly mostVertices?: number;
}

export function meshOf(
  geometry: Geometry,
  origin: { readonly x: number; readonly y: number },
  { tolerancePx, filled, mostVertices }: MeshOptions,
): ItemMesh {
  const bounds = boundsOf(geometry);
  const middle: [number, number] = [
    (bounds.minX + bounds.maxX) / 2 - origin.x,
    (bounds.minY + bounds.maxY) / 2 - origin.y,
  ];
  if (geometry.kind === "point") {
    return { chains: [], triangles: NO_TRIANGLES, middle };
  }
  const { rings: all, closed } = outlineOf(geometry, tolerancePx);
  const thin = (ring: Ring) => (mostVertices === undefined ? ring : thinned(ring, mostVertices, closed));
  const rings = all.map(thin);
  const parts = geometry.kind === "polygon" ? geometry.parts.map((part) => part.map(thin)) : [rings];
  return {
    chains: rings.map((ring) => chainOf(ring, closed, origin)),
    triangles: closed && filled ? trianglesOf(parts, origin) : NO_TRIANGLES,
    middle,
  };
}

/** Evenly spaced vertices of a ring; an open one keeps both ends. */
function thinned(ring: Ring, most: number, closed: boolean): Ring {
  const vertices = ring.length / 2;
  if (vertices <= most) return ring;
  const steps = closed ? most : most - 1;
  const last = closed ? vertices : vertices - 1;
  const kept: number[] = [];
  for (let i = 0; i < most; i++) {
    const vertex = Math.min(vertices - 1, Math.round((i * last) / steps));
    kept.push(ring[2 * vertex]!, ring[2 * vertex + 1]!);
  }
  return kept;
}

function chainOf(ring: Ring, closed: boolean, origin: { x: number; y: number }): Float32Array {
  const chain = new Float32Array(ring.length + (closed ? 2 : 0));
  for (let i = 0; i < chain.length; i += 2) {
    chain[i] = ring[i % ring.length]! - origin.x;
    chain[i + 1] = ring[(i + 1) % ring.length]! - origin.y;
  }
  return chain;
}

function trianglesOf(parts: readonly (readonly Ring[])[], origin: { x: number; y: number }): Float32Array {
  const corners: number[] = [];
  for (const rings of parts) {
    const flat: number[] = [];
    const holes: number[] = [];
    rings.forEach((ring, i) => {
      if (i > 0) holes.push(flat.length / 2);
      for (let k = 0; k < ring.length; k += 2) flat.push(ring[k]! - origin.x, ring[k + 1]! - origin.y);
    });
    for (const index of earcut(flat, holes.length > 0 ? holes : undefined)) {
      corners.push(flat[2 * index]!, flat[2 * index + 1]!);
    }
  }
  return new Float32Array(corners);
}
