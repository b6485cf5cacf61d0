import type { ImageRect } from "@coscope/annotations/geometry";
import { type Affine, visibleRect, zoomOf } from "../../camera/transform.ts";
import type { Frame, Pass } from "../renderer.ts";
import { type Bin, type BinIndex, cellOf, type Field, type Place } from "./bins.ts";
import { type Batches, buildBin, buildDots, freeBatches, type PointBatch } from "./buffers.ts";
import type { InteractiveScene } from "./interactive.ts";
import { Painter } from "./painter.ts";
import { createScenePrograms, type ScenePrograms } from "./programs.ts";

export interface SceneStyle {
  /** 0…1 of everything but gestures in progress. */
  readonly opacity: number;
  /** Whether insides are tinted. */
  readonly fill: boolean;
  /** CSS px. */
  readonly strokeWidthPx: number;
}

export const DEFAULT_STYLE: SceneStyle = { opacity: 1, fill: true, strokeWidthPx: 1.75 };

/** What the pass reads each frame; the scene behind it changes between frames. */
export interface SceneState {
  readonly bins: BinIndex;
  readonly interactive: InteractiveScene;
  readonly style: SceneStyle;
  readonly hidden: ReadonlySet<string>;
  readonly plane: { readonly z: number; readonly t: number };
}

/** Longest that buffers may be built for in one frame, ms; the rest appears in the next ones. */
const BUILD_BUDGET_MS = 6;
/** Below this size on screen, CSS px, an item is a dot. */
const DOT_BELOW_PX = 4;
/** Below this size an item's inside is not tinted: its outline covers it. */
const FILL_ABOVE_PX = 7;
/** Below this size an item needs few corners. */
const ROUGH_BELOW_PX = 18;
/** From this size on, outlines have their full width. */
const FULL_WIDTH_PX = 20;
const FILL_ALPHA = 0.16;
/** A faint dark rim, so that a light colour is seen on a bright image as well. */
const CASING = [0.05, 0.06, 0.08] as const;
const CASING_PX = 0.75;
const CASING_ALPHA = 0.3;
const POINT_RADIUS_PX = 4.5;
/** Points are drawn bin by bin where a bin is at least this large on screen, CSS px. */
const POINT_CELL_PX = 160;
/** Dots and discs drawn per CSS px² at most: more would only repaint the same pixels. */
const DOT_DENSITY = 0.15;
const DISC_DENSITY = 0.03;
/** Buffers of places not drawn for this many frames are freed once there are many. */
const KEEP_FRAMES = 900;
const KEEP_BYTES = 192 * 2 ** 20;

interface Built {
  version: number;
  /** Frame in which it was last drawn. */
  used: number;
  readonly bytes: number;
  readonly batches: Batches | null;
  readonly dots: PointBatch | null;
}

type Detail = "fine" | "rough" | "dots";

/** Draws annotations over the tiles: same canvas, same frame, same matrix. */
export class AnnotationPass implements Pass {
  readonly #gl: WebGL2RenderingContext;
  readonly #state: SceneState;
  readonly #redraw: () => void;
  readonly #built = new Map<string, Built>();
  #programs: ScenePrograms | null = null;
  #rebuilt = 0;
  #bytes = 0;
  #frame = 0;
  #deadline = 0;
  #late = false;

  constructor(gl: WebGL2RenderingContext, state: SceneState, redraw: () => void) {
    this.#gl = gl;
    this.#state = state;
    this.#redraw = redraw;
  }

  /** Buffers built since the beginning. */
  get rebuilt(): number {
    return this.#rebuilt;
  }

  draw(frame: Frame & { readonly matrix: Affine }): void {
    const gl = this.#gl;
    this.#frame++;
    this.#deadline = performance.now() + BUILD_BUDGET_MS;
    this.#late = false;
    this.#programs ??= createScenePrograms(gl);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    const painter = new Painter(gl, this.#programs, frame);
    if (this.#state.style.opacity > 0) this.#drawStatic(painter, frame);
    this.#state.interactive.draw(painter, gl, frame.matrix, this.#state.style.opacity);
    gl.bindVertexArray(null);
    gl.disable(gl.BLEND);
    if (this.#late) this.#redraw();
    if (this.#bytes > KEEP_BYTES && this.#frame % 60 === 0) this.#freeUnused();
  }

  #drawStatic(painter: Painter, frame: Frame & { readonly matrix: Affine }): void {
    const { style } = this.#state;
    const { opacity } = style;
    const zoom = zoomOf(frame.matrix);
    const view = visibleRect(frame.matrix, frame);
    const shapes: { bin: Bin; px: number; batches: Batches }[] = [];
    const discs: (() => void)[] = [];
    for (const field of this.#state.bins.fields()) {
      if (!this.#isShown(field, view)) continue;
      const px = 2 ** field.sizeClass * zoom;
      const isPoints = field.sizeClass === 0;
      if (isPoints ? cellOf(0) * zoom < POINT_CELL_PX : px < DOT_BELOW_PX) {
        const dots = this.#dotsOf(field);
        if (isPoints) discs.push(() => this.#drawDiscs(painter, dots, field, zoom));
        else this.#drawDots(painter, dots, field, px, zoom);
        continue;
      }
      for (const bin of field.bins) {
        if (!meetsRect(bin.bounds, view)) continue;
        const batches = this.#batchesOf(bin, px < ROUGH_BELOW_PX);
        if (!batches) continue;
        shapes.push({ bin, px, batches });
        discs.push(() => this.#drawDiscs(painter, batches.points, bin, zoom));
      }
    }
    for (const { bin, px, batches } of shapes) {
      if (style.fill && px >= FILL_ABOVE_PX) painter.fill(batches.fills, bin.origin, opacity * FILL_ALPHA);
    }
    for (const { bin, px, batches } of shapes) {
      if (px < ROUGH_BELOW_PX) continue;
      const width = style.strokeWidthPx + 2 * CASING_PX;
      painter.lines(batches.lines, bin.origin, { width, opacity: opacity * CASING_ALPHA, color: CASING });
    }
    for (const { bin, px, batches } of shapes) {
      const share = Math.min(1, 0.55 + (0.45 * px) / FULL_WIDTH_PX);
      painter.lines(batches.lines, bin.origin, { width: style.strokeWidthPx * share, opacity });
    }
    for (const draw of discs) draw();
  }

  #isShown(place: Place, view: ImageRect): boolean {
    const { hidden, plane } = this.#state;
    const on = (of: number | "all", shown: number) => of === "all" || of === shown;
    return (
      !hidden.has(place.layerId) &&
      on(place.plane.z, plane.z) &&
      on(place.plane.t, plane.t) &&
      meetsRect(place.bounds, view)
    );
  }

  #drawDots(painter: Painter, dots: PointBatch | null, field: Field, px: number, zoom: number): void {
    painter.dots(dots, field.origin, {
      radius: Math.max(0.8, Math.min(1.6, px * 0.4)),
      opacity: this.#state.style.opacity,
      most: Math.ceil(areaOf(field, zoom) * DOT_DENSITY),
    });
  }

  #drawDiscs(painter: Painter, points: PointBatch | null, place: Place, zoom: number): void {
    painter.dots(points, place.origin, {
      radius: POINT_RADIUS_PX,
      ring: 1.5,
      ringColor: [1, 1, 1, 0.95],
      opacity: this.#state.style.opacity,
      most: Math.ceil(areaOf(place, zoom) * DISC_DENSITY) + 200,
    });
  }

  #batchesOf(bin: Bin, rough: boolean): Batches | null {
    const built = this.#current(bin.key, rough ? "rough" : "fine", bin, () => ({
      batches: buildBin(this.#gl, bin, rough),
      dots: null,
    }));
    return built?.batches ?? null;
  }

  #dotsOf(field: Field): PointBatch | null {
    const built = this.#current(field.key, "dots", field, () => ({
      batches: null,
      dots: buildDots(this.#gl, field),
    }));
    return built?.dots ?? null;
  }

  /** What is built, brought up to date if there is time: an old picture is better than none meanwhile. */
  #current(
    key: string,
    detail: Detail,
    place: Place,
    build: () => Pick<Built, "batches" | "dots">,
  ): Built | undefined {
    const name = `${detail} ${key}`;
    const present = this.#built.get(name);
    if (present) present.used = this.#frame;
    if (present?.version === place.version) return present;
    if (performance.now() > this.#deadline) {
      this.#late = true;
      return present;
    }
    if (present) this.#free(name, present);
    const parts = build();
    const bytes = bytesOf(parts);
    const built = { ...parts, bytes, version: place.version, used: this.#frame };
    this.#built.set(name, built);
    this.#bytes += bytes;
    this.#rebuilt++;
    return built;
  }

  #free(name: string, built: Built): void {
    const { batches, dots } = built;
    freeBatches(this.#gl, batches ?? { fills: null, lines: null, points: dots });
    this.#built.delete(name);
    this.#bytes -= built.bytes;
  }

  #freeUnused(): void {
    for (const [name, built] of this.#built) {
      if (this.#frame - built.used > KEEP_FRAMES) this.#free(name, built);
    }
  }

  restore(): void {
    this.#programs = null;
    this.#built.clear();
    this.#bytes = 0;
    this.#state.interactive.restore();
  }

  destroy(): void {
    for (const [name, built] of this.#built) this.#free(name, built);
  }
}

function meetsRect(a: ImageRect, b: ImageRect): boolean {
  return a.maxX >= b.minX && a.minX <= b.maxX && a.maxY >= b.minY && a.minY <= b.maxY;
}

/** On screen, CSS px². */
function areaOf({ bounds }: Place, zoom: number): number {
  return Math.max(1, (bounds.maxX - bounds.minX) * zoom) * Math.max(1, (bounds.maxY - bounds.minY) * zoom);
}

function bytesOf({ batches, dots }: Pick<Built, "batches" | "dots">): number {
  const count = (batch: { readonly count: number } | null | undefined) => batch?.count ?? 0;
  return 12 * count(batches?.fills) + 16 * (count(batches?.lines) + count(batches?.points) + count(dots));
}
