import { boundsOf, type Geometry, isArea } from "@coscope/annotations/geometry";
import { type Affine, zoomOf } from "../../camera/transform.ts";
import { type Batches, buildPieces, freeBatches, packColor } from "./buffers.ts";
import type { Shape } from "./interactive.ts";
import { meshOf } from "./mesh.ts";
import type { Painter } from "./painter.ts";

/** A stroke of brush or eraser in progress. */
export interface StrokeMark {
  /** What it changes; built again only when this is another array. Those without an area are left out. */
  readonly bases: readonly Shape[];
  /** What it has covered so far. */
  readonly swept: Geometry | null;
  readonly mode: "add" | "erase";
  /** 0xRRGGBB */
  readonly color: number;
}

interface Built {
  readonly buffers: Batches;
  readonly origin: { readonly x: number; readonly y: number };
}

const INK = [0.05, 0.06, 0.08] as const;
const SWEPT = 1;
const BASE = 2;
const ANYWHERE = 0;
/** Curves are made anew when the zoom has changed by this factor. */
const ZOOM_STEP = 1.25;

/**
 * Shows what a stroke will give without computing it: where the outlines of stroke and shape hide each other is
 * decided for each pixel, by the stencil. So a frame costs what the stroke costs, however large the shape is.
 */
export class StrokeScene {
  #mark: StrokeMark | null = null;
  #bases: Built | null = null;
  #swept: Built | null = null;
  #basesDirty = false;
  #sweptDirty = false;
  #zoom = 1;

  set(mark: StrokeMark | null): void {
    this.#basesDirty ||= mark?.bases !== this.#mark?.bases;
    this.#sweptDirty ||= mark?.swept !== this.#mark?.swept;
    this.#mark = mark;
  }

  draw(painter: Painter, gl: WebGL2RenderingContext, matrix: Affine): void {
    this.#rebuild(gl, zoomOf(matrix));
    const mark = this.#mark;
    if (!mark) return;
    gl.enable(gl.STENCIL_TEST);
    gl.stencilMask(0xff);
    gl.clearStencil(0);
    gl.clear(gl.STENCIL_BUFFER_BIT);
    this.#stamp(painter, gl, this.#swept, SWEPT);
    this.#stamp(painter, gl, this.#bases, BASE);
    gl.stencilOp(gl.KEEP, gl.KEEP, gl.KEEP);
    this.#fill(painter, gl, this.#bases, SWEPT, 0);
    if (mark.mode === "add") this.#fill(painter, gl, this.#swept, ANYWHERE, 0);
    this.#lines(painter, gl, this.#bases, SWEPT, 0);
    this.#lines(painter, gl, this.#swept, BASE, mark.mode === "add" ? 0 : BASE);
    gl.disable(gl.STENCIL_TEST);
  }

  /** Marks where it is. */
  #stamp(painter: Painter, gl: WebGL2RenderingContext, built: Built | null, bit: number): void {
    if (!built) return;
    gl.colorMask(false, false, false, false);
    gl.stencilMask(bit);
    gl.stencilFunc(gl.ALWAYS, bit, bit);
    gl.stencilOp(gl.KEEP, gl.KEEP, gl.REPLACE);
    painter.fill(built.buffers.fills, built.origin, 1);
    gl.stencilMask(0xff);
    gl.colorMask(true, true, true, true);
  }

  #fill(painter: Painter, gl: WebGL2RenderingContext, built: Built | null, mask: number, is: number): void {
    if (!built) return;
    gl.stencilFunc(gl.EQUAL, is, mask);
    painter.fill(built.buffers.fills, built.origin, 0.2);
  }

  #lines(painter: Painter, gl: WebGL2RenderingContext, built: Built | null, mask: number, is: number): void {
    if (!built) return;
    gl.stencilFunc(gl.EQUAL, is, mask);
    painter.lines(built.buffers.lines, built.origin, { width: 3.5, opacity: 0.45, color: INK });
    painter.lines(built.buffers.lines, built.origin, { width: 1.75, opacity: 1 });
  }

  #rebuild(gl: WebGL2RenderingContext, zoom: number): void {
    const zoomed = zoom / this.#zoom > ZOOM_STEP || this.#zoom / zoom > ZOOM_STEP;
    if (zoomed) this.#zoom = zoom;
    const mark = this.#mark;
    if (this.#basesDirty || (zoomed && this.#bases)) {
      this.#bases = build(gl, this.#bases, mark?.bases ?? [], this.#zoom);
    }
    if (this.#sweptDirty || (zoomed && this.#swept)) {
      const swept = mark?.swept ? [{ geometry: mark.swept, color: mark.color }] : [];
      this.#swept = build(gl, this.#swept, swept, this.#zoom);
    }
    this.#basesDirty = false;
    this.#sweptDirty = false;
  }

  /** The context is a new one: what was built in the old one is gone. */
  restore(): void {
    this.#bases = null;
    this.#swept = null;
    this.#basesDirty = true;
    this.#sweptDirty = true;
  }
}

function build(
  gl: WebGL2RenderingContext,
  before: Built | null,
  shapes: readonly Shape[],
  zoom: number,
): Built | null {
  if (before) freeBatches(gl, before.buffers);
  const areas = shapes.filter(({ geometry }) => isArea(geometry));
  const [first] = areas;
  if (!first) return null;
  const { minX, minY, maxX, maxY } = boundsOf(first.geometry);
  const origin = { x: (minX + maxX) / 2, y: (minY + maxY) / 2 };
  const pieces = areas.map(({ geometry, color }) => ({
    mesh: meshOf(geometry, origin, { tolerancePx: 0.15 / zoom, filled: true }),
    isPoint: false,
    color: packColor(color, 1),
  }));
  return { buffers: buildPieces(gl, pieces), origin };
}
