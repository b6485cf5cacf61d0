import type { ImageRect } from "@coscope/annotations/geometry";
import { type Affine, visibleRect, zoomOf } from "../../camera/transform.ts";
import type { Frame, Pass } from "../renderer.ts";
import type { Bin, BinIndex } from "./bins.ts";
import { type Batch, type BinBuffers, buildBin, freeBuffers } from "./buffers.ts";
import type { InteractiveScene } from "./interactive.ts";
import { createScenePrograms, type ScenePrograms } from "./programs.ts";

export interface SceneStyle {
  /** 0…1 of everything in the static scene. */
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
/** From this size on, outlines have their full width. */
const FULL_WIDTH_PX = 20;
export const FILL_ALPHA = 0.16;
const POINT_RADIUS_PX = 4.5;
/** Dots drawn per CSS px² of a bin at most: more would only repaint the same pixels. */
const DOT_DENSITY = 0.35;
const NO_OVERRIDE = [0, 0, 0, 0] as const;

/** Draws annotations over the tiles: same canvas, same frame, same matrix. */
export class AnnotationPass implements Pass {
  readonly #gl: WebGL2RenderingContext;
  readonly #state: SceneState;
  readonly #redraw: () => void;
  readonly #buffers = new Map<string, BinBuffers>();
  #programs: ScenePrograms | null = null;
  #rebuilt = 0;

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
    this.#programs ??= createScenePrograms(gl);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    const bins = this.#visibleBins(visibleRect(frame.matrix, frame));
    this.#build(bins);
    const painter = new Painter(gl, this.#programs, frame);
    const { style } = this.#state;
    const cssZoom = zoomOf(frame.matrix);
    const sizeOf = (bin: Bin) => 2 ** bin.sizeClass * cssZoom;
    const isDot = (bin: Bin) => bin.sizeClass > 0 && sizeOf(bin) < DOT_BELOW_PX;
    for (const bin of bins) {
      const buffers = this.#buffers.get(bin.key);
      if (!buffers || isDot(bin) || !style.fill || sizeOf(bin) < FILL_ABOVE_PX) continue;
      painter.fill(buffers.fills, bin.origin, style.opacity * FILL_ALPHA);
    }
    for (const bin of bins) {
      const buffers = this.#buffers.get(bin.key);
      if (!buffers) continue;
      if (isDot(bin)) {
        const radius = Math.max(0.8, Math.min(1.6, sizeOf(bin) * 0.4));
        painter.dots(buffers.dots, bin.origin, {
          radius,
          opacity: style.opacity,
          most: dotsFor(bin, cssZoom),
        });
      } else {
        const share = Math.min(1, 0.55 + (0.45 * sizeOf(bin)) / FULL_WIDTH_PX);
        painter.lines(buffers.lines, bin.origin, {
          width: style.strokeWidthPx * share,
          opacity: style.opacity,
        });
      }
    }
    for (const bin of bins) {
      const points = this.#buffers.get(bin.key)?.points ?? null;
      painter.dots(points, bin.origin, {
        radius: POINT_RADIUS_PX,
        ring: 1.5,
        ringColor: [1, 1, 1, 0.95],
        opacity: style.opacity,
      });
    }
    this.#state.interactive.draw(painter, gl, frame.matrix);
    gl.bindVertexArray(null);
    gl.disable(gl.BLEND);
  }

  #visibleBins(view: ImageRect): Bin[] {
    const { bins, hidden, plane } = this.#state;
    const visible: Bin[] = [];
    for (const bin of bins.bins.values()) {
      if (bin.entries.size === 0) {
        this.#forget(bin);
        continue;
      }
      if (hidden.has(bin.layerId) || !meets(bin.plane.z, plane.z) || !meets(bin.plane.t, plane.t)) continue;
      const { minX, minY, maxX, maxY } = bin.bounds;
      if (maxX < view.minX || minX > view.maxX || maxY < view.minY || minY > view.maxY) continue;
      visible.push(bin);
    }
    return visible;
  }

  #forget(bin: Bin): void {
    this.#state.bins.bins.delete(bin.key);
    const buffers = this.#buffers.get(bin.key);
    if (buffers) freeBuffers(this.#gl, buffers);
    this.#buffers.delete(bin.key);
  }

  #build(bins: readonly Bin[]): void {
    const start = performance.now();
    for (const bin of bins) {
      const buffers = this.#buffers.get(bin.key);
      if (buffers?.version === bin.version) continue;
      // An old picture of a bin is better than none while its turn has not come.
      if (performance.now() - start > BUILD_BUDGET_MS) {
        this.#redraw();
        return;
      }
      if (buffers) freeBuffers(this.#gl, buffers);
      this.#buffers.set(bin.key, buildBin(this.#gl, bin));
      this.#rebuilt++;
    }
  }

  restore(): void {
    this.#programs = null;
    this.#buffers.clear();
    this.#state.interactive.restore();
  }

  destroy(): void {
    for (const buffers of this.#buffers.values()) freeBuffers(this.#gl, buffers);
    this.#buffers.clear();
  }
}

const meets = (of: number | "all", shown: number) => of === "all" || of === shown;

function dotsFor(bin: Bin, cssZoom: number): number {
  const { minX, minY, maxX, maxY } = bin.bounds;
  const area = Math.max(1, (maxX - minX) * cssZoom) * Math.max(1, (maxY - minY) * cssZoom);
  return Math.max(1, Math.ceil(area * DOT_DENSITY));
}

/** Draws batches in one frame. Widths and radii are in CSS px. */
export class Painter {
  readonly #gl: WebGL2RenderingContext;
  readonly #programs: ScenePrograms;
  readonly #frame: Frame & { readonly matrix: Affine };

  constructor(
    gl: WebGL2RenderingContext,
    programs: ScenePrograms,
    frame: Frame & { readonly matrix: Affine },
  ) {
    this.#gl = gl;
    this.#programs = programs;
    this.#frame = frame;
  }

  fill(batch: Batch | null, origin: { x: number; y: number }, opacity: number): void {
    if (!batch || opacity <= 0) return;
    this.#use(this.#programs.fill, batch, origin, opacity);
    this.#gl.drawArrays(this.#gl.TRIANGLES, 0, batch.count);
  }

  lines(
    batch: Batch | null,
    origin: { x: number; y: number },
    options: { width: number; opacity: number; color?: readonly [number, number, number] },
  ): void {
    if (!batch || options.opacity <= 0) return;
    const { line } = this.#programs;
    this.#use(line, batch, origin, options.opacity);
    this.#gl.uniform1f(line.uniforms.width, options.width * this.#frame.pixelRatio);
    this.#gl.uniform4fv(line.uniforms.override, options.color ? [...options.color, 1] : NO_OVERRIDE);
    this.#gl.drawArraysInstanced(this.#gl.TRIANGLE_STRIP, 0, 4, batch.count);
  }

  dots(
    batch: Batch | null,
    origin: { x: number; y: number },
    options: {
      radius: number;
      opacity: number;
      ring?: number;
      ringColor?: readonly [number, number, number, number];
      most?: number;
    },
  ): void {
    if (!batch || options.opacity <= 0) return;
    const { dot } = this.#programs;
    const ratio = this.#frame.pixelRatio;
    this.#use(dot, batch, origin, options.opacity);
    this.#gl.uniform1f(dot.uniforms.radius, options.radius * ratio);
    this.#gl.uniform1f(dot.uniforms.ring, (options.ring ?? 0) * ratio);
    this.#gl.uniform4fv(dot.uniforms.ringColor, options.ringColor ?? NO_OVERRIDE);
    const count = Math.min(batch.count, options.most ?? batch.count);
    this.#gl.drawArraysInstanced(this.#gl.TRIANGLE_STRIP, 0, 4, count);
  }

  #use(
    { program, uniforms }: ScenePrograms["fill"],
    batch: Batch,
    origin: { x: number; y: number },
    opacity: number,
  ): void {
    const gl = this.#gl;
    const { matrix: m, width, height, pixelRatio } = this.#frame;
    gl.useProgram(program);
    gl.uniformMatrix3fv(uniforms.matrix, false, [
      (2 * m.a) / width,
      (-2 * m.b) / height,
      0,
      (2 * m.c) / width,
      (-2 * m.d) / height,
      0,
      (2 * (m.a * origin.x + m.c * origin.y + m.e)) / width - 1,
      1 - (2 * (m.b * origin.x + m.d * origin.y + m.f)) / height,
      1,
    ]);
    gl.uniform2f(uniforms.canvas, width * pixelRatio, height * pixelRatio);
    gl.uniform1f(uniforms.opacity, opacity);
    gl.bindVertexArray(batch.array);
  }
}
