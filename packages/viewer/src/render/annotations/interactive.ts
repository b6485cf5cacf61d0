import { boundsOf, type Geometry, type ImageRect } from "@coscope/annotations/geometry";
import { type Affine, zoomOf } from "../../camera/transform.ts";
import { type Batches, buildPieces, freeBatches, packColor } from "./buffers.ts";
import { dashed } from "./dash.ts";
import { meshOf } from "./mesh.ts";
import type { Painter } from "./painter.ts";
import { type StrokeMark, StrokeScene } from "./stroke.ts";

export interface HandleMark {
  readonly id: string;
  readonly x: number;
  readonly y: number;
  readonly kind: "vertex" | "picked" | "mid" | "corner" | "move" | "rotate";
}

export interface Shape {
  readonly geometry: Geometry;
  /** 0xRRGGBB */
  readonly color: number;
  readonly dashed?: boolean;
}

interface Group {
  shapes: readonly Shape[];
  origin: { x: number; y: number };
  buffers: Batches | null;
  dirty: boolean;
  /** CSS px per image px that dashes and curves were made for. */
  zoom: number;
}

const GROUPS = ["selected", "ghosts", "draft", "frame", "marquee"] as const;
type GroupName = (typeof GROUPS)[number];

const WHITE = [1, 1, 1] as const;
const INK = [0.05, 0.06, 0.08] as const;
const NOTHING = new Float32Array(0);
const HANDLE_COLOR = 0xffffff;
const PICKED_COLOR = 0x1e88ff;
const POINT = { radius: 4.5, ring: 2 } as const;
const RADII: Readonly<Record<HandleMark["kind"], number>> = {
  vertex: 4,
  picked: 4.75,
  corner: 4.5,
  mid: 2.75,
  move: 5,
  rotate: 4.5,
};
/** Dashes and curves are remade when the zoom has changed by this factor. */
const ZOOM_STEP = 1.25;

/** What changes many times a second: selection, gestures in progress, handles. Small, and rebuilt freely. */
export class InteractiveScene {
  readonly #groups: Record<GroupName, Group>;
  #handles: readonly HandleMark[] = [];
  #handleBuffers: { kind: HandleMark["kind"]; buffers: Batches }[] = [];
  #handlesDirty = false;
  #handleOrigin = { x: 0, y: 0 };
  readonly #stroke = new StrokeScene();

  constructor() {
    const group = (): Group => ({ shapes: [], origin: { x: 0, y: 0 }, buffers: null, dirty: false, zoom: 1 });
    this.#groups = { selected: group(), ghosts: group(), draft: group(), frame: group(), marquee: group() };
  }

  set(name: GroupName, shapes: readonly Shape[]): void {
    const group = this.#groups[name];
    if (group.shapes.length === 0 && shapes.length === 0) return;
    group.shapes = shapes;
    group.dirty = true;
  }

  setStroke(mark: StrokeMark | null): void {
    this.#stroke.set(mark);
  }

  setHandles(handles: readonly HandleMark[]): void {
    this.#handles = handles;
    this.#handlesDirty = true;
  }

  /** @param opacity of the annotations: what is selected goes with them */
  draw(painter: Painter, gl: WebGL2RenderingContext, matrix: Affine, opacity: number): void {
    const zoom = zoomOf(matrix);
    for (const name of GROUPS) {
      if (name === "selected" && opacity === 0) continue;
      const group = this.#groups[name];
      this.#rebuild(gl, group, zoom);
      const { buffers, origin } = group;
      if (!buffers) continue;
      if (name === "selected") {
        painter.fill(buffers.fills, origin, 0.08);
        painter.lines(buffers.lines, origin, { width: 6, opacity: 0.55, color: INK });
        painter.lines(buffers.lines, origin, { width: 4.5, opacity: 1, color: WHITE });
        painter.lines(buffers.lines, origin, { width: 2.25, opacity: 1 });
        painter.dots(buffers.points, origin, {
          ...POINT,
          radius: 5.5,
          ring: 3,
          ringColor: [1, 1, 1, 1],
          opacity: 1,
        });
      } else if (name === "frame") {
        painter.lines(buffers.lines, origin, { width: 2.5, opacity: 0.45, color: INK });
        painter.lines(buffers.lines, origin, { width: 1, opacity: 0.9 });
      } else if (name === "marquee") {
        painter.fill(buffers.fills, origin, 0.1);
        painter.lines(buffers.lines, origin, { width: 2.5, opacity: 0.4, color: INK });
        painter.lines(buffers.lines, origin, { width: 1, opacity: 0.9 });
      } else {
        painter.fill(buffers.fills, origin, name === "draft" ? 0.2 : 0.12);
        painter.lines(buffers.lines, origin, { width: 3.5, opacity: 0.45, color: INK });
        painter.lines(buffers.lines, origin, { width: 1.75, opacity: name === "draft" ? 1 : 0.9 });
        painter.dots(buffers.points, origin, { ...POINT, ringColor: [1, 1, 1, 1], opacity: 0.95 });
      }
    }
    this.#stroke.draw(painter, gl, matrix);
    this.#drawHandles(painter, gl);
  }

  #rebuild(gl: WebGL2RenderingContext, group: Group, zoom: number): void {
    const zoomed = zoom / group.zoom > ZOOM_STEP || group.zoom / zoom > ZOOM_STEP;
    if (!group.dirty && !(zoomed && group.buffers)) return;
    group.dirty = false;
    if (group.buffers) freeBatches(gl, group.buffers);
    group.buffers = null;
    if (group.shapes.length === 0) return;
    group.zoom = zoom;
    group.origin = middleOf(group.shapes.map((shape) => boundsOf(shape.geometry)));
    const pieces = group.shapes.map((shape) => {
      const options = { tolerancePx: 0.15 / zoom, filled: drawable(shape.geometry) };
      const mesh = meshOf(shape.geometry, group.origin, options);
      const chains = shape.dashed
        ? mesh.chains.flatMap((chain) => dashed(chain, 6 / zoom, 4 / zoom))
        : mesh.chains;
      return {
        mesh: { ...mesh, chains },
        isPoint: shape.geometry.kind === "point",
        color: packColor(shape.color, 1),
      };
    });
    group.buffers = buildPieces(gl, pieces);
  }

  #drawHandles(painter: Painter, gl: WebGL2RenderingContext): void {
    if (this.#handlesDirty) {
      this.#handlesDirty = false;
      for (const { buffers } of this.#handleBuffers) freeBatches(gl, buffers);
      this.#handleBuffers = [];
      const first = this.#handles[0];
      if (first) {
        this.#handleOrigin = { x: first.x, y: first.y };
        const kinds = new Set(this.#handles.map((handle) => handle.kind));
        this.#handleBuffers = [...kinds].map((kind) => ({ kind, buffers: this.#handlesOf(gl, kind) }));
      }
    }
    for (const { kind, buffers } of this.#handleBuffers) {
      painter.dots(buffers.points, this.#handleOrigin, {
        radius: RADII[kind],
        ring: 1.5,
        ringColor: kind === "picked" ? [1, 1, 1, 1] : [...INK, 0.9],
        opacity: kind === "mid" ? 0.8 : 1,
      });
    }
  }

  #handlesOf(gl: WebGL2RenderingContext, kind: HandleMark["kind"]): Batches {
    const pieces = this.#handles
      .filter((handle) => handle.kind === kind)
      .map((handle) => {
        const middle = [handle.x - this.#handleOrigin.x, handle.y - this.#handleOrigin.y] as const;
        const mesh = { chains: [], triangles: NOTHING, middle };
        return { mesh, isPoint: true, color: packColor(kind === "picked" ? PICKED_COLOR : HANDLE_COLOR, 1) };
      });
    return buildPieces(gl, pieces);
  }

  restore(): void {
    for (const name of GROUPS) {
      this.#groups[name].buffers = null;
      this.#groups[name].dirty = true;
    }
    this.#handleBuffers = [];
    this.#handlesDirty = true;
    this.#stroke.restore();
  }
}

/** A polygon being drawn may still have fewer than three vertices. */
function drawable(geometry: Geometry): boolean {
  return (
    geometry.kind !== "polygon" || geometry.parts.every((rings) => rings.every((ring) => ring.length >= 6))
  );
}

function middleOf(bounds: readonly ImageRect[]): { x: number; y: number } {
  let [minX, minY, maxX, maxY] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const b of bounds) {
    [minX, minY] = [Math.min(minX, b.minX), Math.min(minY, b.minY)];
    [maxX, maxY] = [Math.max(maxX, b.maxX), Math.max(maxY, b.maxY)];
  }
  return { x: (minX + maxX) / 2, y: (minY + maxY) / 2 };
}
