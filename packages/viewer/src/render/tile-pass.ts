import type { Affine } from "../camera/transform.ts";
import type { ChannelSettings } from "../source/channels.ts";
import type { PixelType } from "../source/image-source.ts";
import type { RawTile } from "../tiles/raw-tile.ts";
import type { SlotTable } from "../tiles/slots.ts";
import { LANES, type Texels } from "../tiles/texels.ts";
import { createLutTexture, createTexelTexture, type TexelFormat, texelFormat } from "./texel-format.ts";
import { createTileProgram, LUT_UNIT, MAX_GROUPS, type TileProgram } from "./tile-program.ts";
import { toneUniforms } from "./tone-uniforms.ts";

/** Textures of one tile: one per group of the slot table, made when first seen. */
export interface GpuTile {
  readonly raw: RawTile;
  readonly groups: (WebGLTexture | null)[];
  /** By group: the version of `raw` that the texture was made from. */
  readonly versions: number[];
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

/**
 * Draws raw channel tiles. Which channel lies where is the slot table's
 * business, so that a change of window, gamma, colour or visibility touches
 * uniforms only.
 */
export class TilePass {
  readonly #gl: WebGL2RenderingContext;
  readonly #slots: SlotTable;
  readonly #format: TexelFormat;
  readonly #programs = new Map<number, TileProgram>();
  readonly #live = new Set<GpuTile>();
  #blank: WebGLTexture | null = null;
  #luts: WebGLTexture | null = null;
  #uploads = 0;
  #textureBytes = 0;

  constructor(gl: WebGL2RenderingContext, dtype: PixelType, slots: SlotTable) {
    this.#gl = gl;
    this.#slots = slots;
    this.#format = texelFormat(gl, dtype, slots.lanes);
  }

  get uploads(): number {
    return this.#uploads;
  }

  get textures(): { tiles: number; bytes: number } {
    return { tiles: this.#live.size, bytes: this.#textureBytes };
  }

  create(raw: RawTile): GpuTile {
    const tile: GpuTile = { raw, groups: [], versions: [] };
    this.#live.add(tile);
    return tile;
  }

  free(tile: GpuTile): void {
    if (!this.#live.delete(tile)) return;
    this.#dropTextures(tile);
  }

  isLive(tile: GpuTile): boolean {
    return this.#live.has(tile);
  }

  /** Textures of one tile become another's, as the pixels have: see `become`. */
  exchange(tile: GpuTile, from: GpuTile): void {
    if (!this.#live.delete(from)) return;
    this.#dropTextures(tile);
    from.groups.forEach((texture, group) => {
      tile.groups[group] = texture;
      tile.versions[group] = tile.raw.version;
    });
  }

  #dropTextures(tile: GpuTile): void {
    for (const texture of tile.groups) {
      if (!texture) continue;
      this.#gl.deleteTexture(texture);
      this.#textureBytes -= this.#bytesOf(tile.raw);
    }
    tile.groups.length = 0;
    tile.versions.length = 0;
  }

  #bytesOf(raw: RawTile): number {
    return raw.width * raw.height * this.#slots.lanes * this.#format.bytesPerLane;
  }

  /** The groups that hold a visible channel. */
  #activeGroups(settings: readonly ChannelSettings[]): number[] {
    const active = new Set<number>();
    settings.forEach((channel, i) => {
      const slot = channel.visible ? this.#slots.slotOf(i) : null;
      if (slot) active.add(slot.group);
    });
    return [...active].sort((a, b) => a - b);
  }

  /** Makes textures of what has been read, where they are missing or old. */
  upload(tile: GpuTile): void {
    tile.raw.groups.forEach((texels, group) => {
      if (texels && tile.versions[group] !== tile.raw.version) this.#uploadGroup(tile, group, texels);
    });
  }

  #uploadGroup(tile: GpuTile, group: number, { width, height, data }: Texels): void {
    const gl = this.#gl;
    const { internal, format, type } = this.#format;
    let texture = tile.groups[group];
    if (!texture) {
      texture = createTexelTexture(this.#gl);
      gl.texStorage2D(gl.TEXTURE_2D, 1, internal, width, height);
      this.#textureBytes += this.#bytesOf(tile.raw);
    } else {
      gl.bindTexture(gl.TEXTURE_2D, texture);
    }
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, 0, width, height, format, type, data);
    tile.groups[group] = texture;
    tile.versions[group] = tile.raw.version;
    this.#uploads++;
  }

  /** Stands in for a group that a tile has not read: drawn without colour, it must still be a texture. */
  #blankTexture(): WebGLTexture {
    if (this.#blank) return this.#blank;
    this.#blank = createTexelTexture(this.#gl);
    this.#gl.texStorage2D(this.#gl.TEXTURE_2D, 1, this.#format.internal, 1, 1);
    return this.#blank;
  }

  /** All colour maps, one a row; made when one is first used. */
  #bindLuts(): void {
    const gl = this.#gl;
    gl.activeTexture(gl.TEXTURE0 + LUT_UNIT);
    if (this.#luts) gl.bindTexture(gl.TEXTURE_2D, this.#luts);
    else this.#luts = createLutTexture(gl);
    gl.activeTexture(gl.TEXTURE0);
  }

  /** Draws opaque quads in the given order; textures that are missing are made on the way. */
  draw(quads: readonly TileQuad[], settings: readonly ChannelSettings[]): void {
    const gl = this.#gl;
    const active = this.#activeGroups(settings);
    gl.disable(gl.BLEND);
    for (const quad of quads) this.upload(quad.tile);
    // With nothing visible the tiles are still there, and black.
    const passes = active.length === 0 ? [[]] : chunked(active, MAX_GROUPS);
    passes.forEach((groups, pass) => {
      if (groups.length === 0) {
        this.#drawBlack(quads);
        return;
      }
      const full = toneUniforms(this.#slots, groups, settings, null);
      const { program, uniforms } = this.#program(groups.length, full.mapped);
      gl.useProgram(program);
      if (full.mapped) this.#bindLuts();
      gl.uniform1iv(uniforms.lut, full.lut);
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
        const complete = settings.every((channel, i) => !channel.visible || raw.loaded.has(i));
        if (!complete || partial) {
          const told = complete ? full : toneUniforms(this.#slots, groups, settings, raw.loaded);
          gl.uniform3fv(uniforms.color, told.color);
          gl.uniform1iv(uniforms.lut, told.lut);
          partial = !complete;
        }
        gl.uniform2fv(uniforms.corners, corners);
        gl.uniformMatrix2fv(uniforms.toTexel, false, [m.a, m.b, m.c, m.d]);
        gl.uniform2f(uniforms.texelOrigin, m.e, m.f);
        gl.uniform2f(uniforms.size, raw.width, raw.height);
        gl.uniform1i(uniforms.smoothly, smooth ? 1 : 0);
        groups.forEach((group, unit) => {
          gl.activeTexture(gl.TEXTURE0 + unit);
          gl.bindTexture(gl.TEXTURE_2D, tile.groups[group] ?? this.#blankTexture());
        });
        gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
      }
      gl.activeTexture(gl.TEXTURE0);
    });
  }

  #drawBlack(quads: readonly TileQuad[]): void {
    const gl = this.#gl;
    const { program, uniforms } = this.#program(1, false);
    gl.useProgram(program);
    gl.uniform3fv(uniforms.color, new Float32Array(LANES * 3));
    gl.bindTexture(gl.TEXTURE_2D, null);
    for (const { tile, corners } of quads) {
      gl.uniform2fv(uniforms.corners, corners);
      gl.uniform2f(uniforms.size, tile.raw.width, tile.raw.height);
      gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
    }
  }

  #program(groups: number, mapped: boolean): TileProgram {
    const key = mapped ? -groups : groups;
    let program = this.#programs.get(key);
    if (!program) {
      program = createTileProgram(this.#gl, this.#format.kind, groups, mapped);
      this.#programs.set(key, program);
    }
    return program;
  }

  /** Frees all textures; the tiles stay known, and get new ones when drawn. */
  dropTextures(): void {
    for (const tile of this.#live) this.#dropTextures(tile);
    this.#gl.deleteTexture(this.#blank);
    this.#blank = null;
    this.#gl.deleteTexture(this.#luts);
    this.#luts = null;
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
