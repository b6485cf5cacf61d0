import type { Affine } from "../camera/transform.ts";
import type { ChannelSettings } from "../source/channels.ts";
import type { PixelType, TypedArray } from "../source/image-source.ts";
import type { RawTile } from "../tiles/raw-tile.ts";
import { toneRange } from "./contrast.ts";
import { createTileProgram, GROUP, MAX_GROUPS, type TexelKind, type TileProgram } from "./tile-program.ts";

/** Textures of one tile: one per group of four channels, made when first seen. */
export interface GpuTile {
  readonly raw: RawTile;
  readonly groups: (WebGLTexture | null)[];
  /** The state of `raw` and of the slot table that the textures were made from. */
  readonly stamps: string[];
}

export interface TileQuad {
  readonly tile: GpuTile;
  /** Clip-space corners as a strip (x0,y0 … x3,y3): top-left, top-right, bottom-left, bottom-right. */
  readonly corners: Float32Array;
  /** Device px, origin at the canvas's lower left, to texels: x' = a·x + c·y + e, y' = b·x + d·y + f. */
  readonly toTexel: Affine;
  /** Bilinear rather than nearest. */
  readonly smooth: boolean;
}

interface Format {
  readonly kind: TexelKind;
  readonly internal: number;
  readonly format: number;
  readonly type: number;
  readonly array: (length: number) => Uint8Array | Uint16Array | Float32Array;
}

function formatOf(gl: WebGL2RenderingContext, dtype: PixelType): Format {
  if (dtype === "uint8") {
    return {
      kind: "uint",
      internal: gl.RGBA8UI,
      format: gl.RGBA_INTEGER,
      type: gl.UNSIGNED_BYTE,
      array: (n) => new Uint8Array(n),
    };
  }
  if (dtype === "uint16") {
    return {
      kind: "uint",
      internal: gl.RGBA16UI,
      format: gl.RGBA_INTEGER,
      type: gl.UNSIGNED_SHORT,
      array: (n) => new Uint16Array(n),
    };
  }
  // Exact for 8 and 16 bit signed; 32 bit integers keep their 24 highest bits.
  return {
    kind: "float",
    internal: gl.RGBA32F,
    format: gl.RGBA,
    type: gl.FLOAT,
    array: (n) => new Float32Array(n),
  };
}

/**
 * Draws raw channel tiles. Channels get a slot when they are first shown and
 * keep it, four slots to a texel, so that a change of window, gamma, colour or
 * visibility touches uniforms only.
 */
export class TilePass {
  readonly #gl: WebGL2RenderingContext;
  readonly #format: Format;
  readonly #fill: number;
  readonly #programs = new Map<number, TileProgram>();
  readonly #live = new Set<GpuTile>();
  readonly #slots: number[] = [];
  #scratch: Uint8Array | Uint16Array | Float32Array;
  #uploads = 0;
  #textureBytes = 0;

  constructor(gl: WebGL2RenderingContext, image: { dtype: PixelType; fill: number }) {
    this.#gl = gl;
    this.#format = formatOf(gl, image.dtype);
    this.#fill = image.fill;
    this.#scratch = this.#format.array(0);
  }

  get uploads(): number {
    return this.#uploads;
  }

  get textures(): { tiles: number; bytes: number } {
    return { tiles: this.#live.size, bytes: this.#textureBytes };
  }

  /** Gives visible channels slots. Call when visibility changes. */
  show(settings: readonly ChannelSettings[]): void {
    settings.forEach((channel, i) => {
      if (channel.visible && !this.#slots.includes(i)) this.#slots.push(i);
    });
  }

  create(raw: RawTile): GpuTile {
    const tile: GpuTile = { raw, groups: [], stamps: [] };
    this.#live.add(tile);
    return tile;
  }

  free(tile: GpuTile): void {
    if (!this.#live.delete(tile)) return;
    for (const texture of tile.groups) this.#release(tile, texture);
    tile.groups.length = 0;
    tile.stamps.length = 0;
  }

  #release(tile: GpuTile, texture: WebGLTexture | null | undefined): void {
    if (!texture) return;
    this.#gl.deleteTexture(texture);
    this.#textureBytes -= this.#bytesOf(tile.raw);
  }

  #bytesOf(raw: RawTile): number {
    return raw.width * raw.height * GROUP * this.#scratch.BYTES_PER_ELEMENT;
  }

  /** The groups that hold a visible channel. */
  #activeGroups(settings: readonly ChannelSettings[]): number[] {
    const active = new Set<number>();
    this.#slots.forEach((channel, slot) => {
      if (settings[channel]?.visible) active.add(Math.floor(slot / GROUP));
    });
    return [...active];
  }

  /** Whether drawing the tile would have to make or remake a texture. */
  needsUpload(tile: GpuTile, settings: readonly ChannelSettings[]): boolean {
    return this.#activeGroups(settings).some((group) => tile.stamps[group] !== this.#stamp(tile, group));
  }

  #stamp(tile: GpuTile, group: number): string {
    const channels = this.#slots.slice(group * GROUP, group * GROUP + GROUP);
    return `${tile.raw.version}:${channels.join(",")}`;
  }

  upload(tile: GpuTile, settings: readonly ChannelSettings[]): void {
    for (const group of this.#activeGroups(settings)) this.#uploadGroup(tile, group);
  }

  #uploadGroup(tile: GpuTile, group: number): void {
    const stamp = this.#stamp(tile, group);
    if (tile.stamps[group] === stamp) return;
    const gl = this.#gl;
    const { width, height, channels } = tile.raw;
    const { internal, format, type } = this.#format;
    const planes = Array.from({ length: GROUP }, (_, i) => {
      const channel = this.#slots[group * GROUP + i];
      return channel === undefined ? null : (channels[channel] ?? null);
    });
    const texels = this.#pack(planes, width * height);
    let texture = tile.groups[group];
    if (!texture) {
      texture = gl.createTexture();
      gl.bindTexture(gl.TEXTURE_2D, texture);
      gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
      gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
      gl.texStorage2D(gl.TEXTURE_2D, 1, internal, width, height);
      this.#textureBytes += this.#bytesOf(tile.raw);
    } else {
      gl.bindTexture(gl.TEXTURE_2D, texture);
    }
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, 0, width, height, format, type, texels);
    tile.groups[group] = texture;
    tile.stamps[group] = stamp;
    this.#uploads++;
  }

  #pack(planes: readonly (TypedArray | null)[], pixels: number): Uint8Array | Uint16Array | Float32Array {
    const length = pixels * GROUP;
    if (this.#scratch.length < length) this.#scratch = this.#format.array(length);
    const texels = this.#scratch.length === length ? this.#scratch : this.#scratch.subarray(0, length);
    const [a, b, c, d] = planes;
    if (a && b && c && d) {
      for (let i = 0, o = 0; i < pixels; i++) {
        texels[o++] = a[i]!;
        texels[o++] = b[i]!;
        texels[o++] = c[i]!;
        texels[o++] = d[i]!;
      }
      return texels;
    }
    planes.forEach((plane, slot) => {
      if (plane) for (let i = 0, o = slot; i < pixels; i++, o += GROUP) texels[o] = plane[i]!;
      else for (let o = slot; o < length; o += GROUP) texels[o] = this.#fill;
    });
    return texels;
  }

  /** Draws opaque quads in the given order; textures that are missing are made on the way. */
  draw(quads: readonly TileQuad[], settings: readonly ChannelSettings[]): void {
    const gl = this.#gl;
    const active = this.#activeGroups(settings);
    gl.disable(gl.BLEND);
    for (const quad of quads) this.upload(quad.tile, settings);
    // With nothing visible the tiles are still there, and black.
    const passes = active.length === 0 ? [[]] : chunked(active, MAX_GROUPS);
    passes.forEach((groups, pass) => {
      if (groups.length === 0) {
        this.#drawBlack(quads);
        return;
      }
      const { program, uniforms } = this.#program(groups.length);
      gl.useProgram(program);
      const full = this.#uniformsFor(groups, settings, null);
      gl.uniform4fv(uniforms.low, full.low);
      gl.uniform4fv(uniforms.scale, full.scale);
      gl.uniform4fv(uniforms.gamma, full.gamma);
      gl.uniform3fv(uniforms.color, full.color);
      gl.uniform1i(uniforms.curved, full.curved ? 1 : 0);
      if (pass > 0) {
        gl.enable(gl.BLEND);
        gl.blendFuncSeparate(gl.ONE, gl.ONE, gl.ONE, gl.ZERO);
      }
      let partial = false;
      for (const { tile, corners, toTexel: m, smooth } of quads) {
        const { raw } = tile;
        const complete = settings.every((channel, i) => !channel.visible || raw.channels[i] !== undefined);
        if (!complete || partial) {
          gl.uniform3fv(
            uniforms.color,
            complete ? full.color : this.#uniformsFor(groups, settings, raw).color,
          );
          partial = !complete;
        }
        gl.uniform2fv(uniforms.corners, corners);
        gl.uniformMatrix2fv(uniforms.toTexel, false, [m.a, m.b, m.c, m.d]);
        gl.uniform2f(uniforms.texelOrigin, m.e, m.f);
        gl.uniform2f(uniforms.size, raw.width, raw.height);
        gl.uniform1i(uniforms.smoothly, smooth ? 1 : 0);
        groups.forEach((group, unit) => {
          gl.activeTexture(gl.TEXTURE0 + unit);
          gl.bindTexture(gl.TEXTURE_2D, tile.groups[group]!);
        });
        gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
      }
      gl.activeTexture(gl.TEXTURE0);
    });
  }

  #drawBlack(quads: readonly TileQuad[]): void {
    const gl = this.#gl;
    const { program, uniforms } = this.#program(1);
    gl.useProgram(program);
    gl.uniform3fv(uniforms.color, new Float32Array(GROUP * 3));
    gl.bindTexture(gl.TEXTURE_2D, null);
    for (const { tile, corners } of quads) {
      gl.uniform2fv(uniforms.corners, corners);
      gl.uniform2f(uniforms.size, tile.raw.width, tile.raw.height);
      gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
    }
  }

  #program(groups: number): TileProgram {
    let program = this.#programs.get(groups);
    if (!program) {
      program = createTileProgram(this.#gl, this.#format.kind, groups);
      this.#programs.set(groups, program);
    }
    return program;
  }

  /** @param raw when given, channels that it has not loaded get no colour */
  #uniformsFor(groups: readonly number[], settings: readonly ChannelSettings[], raw: RawTile | null) {
    const count = groups.length * GROUP;
    const low = new Float32Array(count);
    const scale = new Float32Array(count);
    const gamma = new Float32Array(count).fill(1);
    const color = new Float32Array(count * 3);
    let curved = false;
    groups.forEach((group, g) => {
      for (let i = 0; i < GROUP; i++) {
        const index = this.#slots[group * GROUP + i];
        const channel = index === undefined ? undefined : settings[index];
        if (index === undefined || !channel?.visible || (raw && raw.channels[index] === undefined)) continue;
        const at = g * GROUP + i;
        const range = toneRange(channel);
        low[at] = range.low;
        scale[at] = range.scale;
        gamma[at] = channel.gamma;
        curved ||= channel.gamma !== 1;
        color[at * 3] = ((channel.color >> 16) & 255) / 255;
        color[at * 3 + 1] = ((channel.color >> 8) & 255) / 255;
        color[at * 3 + 2] = (channel.color & 255) / 255;
      }
    });
    return { low, scale, gamma, color, curved };
  }

  /** Frees all textures; the tiles stay known, and get new ones when drawn. */
  dropTextures(): void {
    for (const tile of this.#live) {
      for (const texture of tile.groups) this.#gl.deleteTexture(texture);
      tile.groups.length = 0;
      tile.stamps.length = 0;
    }
    this.#textureBytes = 0;
  }

  destroy(): void {
    this.dropTextures();
    this.#live.clear();
    for (const { program } of this.#programs.values()) this.#gl.deleteProgram(program);
    this.#programs.clear();
  }

  /** After the context came back: what was made in the old one is gone. */
  restore(): void {
    this.#programs.clear();
    this.dropTextures();
  }
}

function chunked<T>(items: readonly T[], size: number): T[][] {
  const chunks: T[][] = [];
  for (let i = 0; i < items.length; i += size) chunks.push(items.slice(i, i + size));
  return chunks;
}
