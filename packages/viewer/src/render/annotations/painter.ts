import type { Affine } from "../../camera/transform.ts";
import type { Frame } from "../renderer.ts";
import type { FillBatch, PointBatch } from "./buffers.ts";
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

  fill(batch: FillBatch | null, origin: { x: number; y: number }, opacity: number): void {
    if (!batch || opacity <= 0) return;
    this.#use(this.#programs.fill, origin, opacity);
    this.#gl.bindVertexArray(batch.array);
    this.#gl.drawArrays(this.#gl.TRIANGLES, 0, batch.count);
  }

  lines(
    batch: PointBatch | null,
    origin: { x: number; y: number },
    options: { width: number; opacity: number; color?: readonly [number, number, number] },
  ): void {
    if (!batch || options.opacity <= 0) return;
    const { line } = this.#programs;
    this.#use(line, origin, options.opacity);
    this.#gl.uniform1f(line.uniforms.width, options.width * this.#frame.pixelRatio);
    this.#gl.uniform4fv(line.uniforms.override, options.color ? [...options.color, 1] : NO_OVERRIDE);
    this.#pull(batch, batch.count);
  }

  /** @param most only the first ones, of more */
  dots(
    batch: PointBatch | null,
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
    this.#use(dot, origin, options.opacity);
    this.#gl.uniform1f(dot.uniforms.radius, options.radius * ratio);
    this.#gl.uniform1f(dot.uniforms.ring, (options.ring ?? 0) * ratio);
    this.#gl.uniform4fv(dot.uniforms.ringColor, options.ringColor ?? NO_OVERRIDE);
    this.#pull(batch, Math.min(batch.count, options.most ?? batch.count));
  }

  #use(
    { program, uniforms }: ScenePrograms["fill"],
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
  }

  /** Six vertices a quad, none of them in a buffer. */
  #pull(batch: PointBatch, quads: number): void {
    const gl = this.#gl;
    gl.bindVertexArray(null);
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, batch.texture);
    gl.drawArrays(gl.TRIANGLES, 0, quads * 6);
  }
}
