import type { Affine } from "../../camera/transform.ts";
import type { Frame } from "../renderer.ts";
import type { Batch } from "./buffers.ts";
import type { ScenePrograms } from "./programs.ts";

const NO_OVERRIDE = [0, 0, 0, 0] as const;

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

  /** @param most only the first ones, of more */
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
