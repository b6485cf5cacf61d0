import type { Affine } from "../camera/transform.ts";
import type { ChannelSettings } from "../source/channels.ts";
import type { PixelType } from "../source/image-source.ts";
import type { RawTile } from "../tiles/raw-tile.ts";
import type { SlotTable } from "../tiles/slots.ts";
import { LANES, type Texels } from "../tiles/texels.ts";
import { toneRange } from "./contrast.ts";
import { createTileProgram, MAX_GROUPS, type TexelKind, type TileProgram } from "./tile-program.ts";

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

interface Format {
  readonly kind: TexelKind;
  readonly internal: number;
  readonly format: number;
  readonly type: number;
  readonly bytesPerLane: number;
}

type LaneNames = readonly [one: "R", two: "RG", four: "RGBA"];
const NAMES: LaneNames = ["R", "RG", "RGBA"];

function formatOf(gl: WebGL2RenderingContext, dtype: PixelType, lanes: number): Format {
  const name = NAMES[lanes === 1 ? 0 : lanes === 2 ? 1 : 2];
  const integer = { R: gl.RED_INTEGER, RG: gl.RG_INTEGER, RGBA: gl.RGBA_INTEGER }[name];
  if (dtype === "uint8") {
    const internal = { R: gl.R8UI, RG: gl.RG8UI, RGBA: gl.RGBA8UI }[name];
    return { kind: "uint", internal, format: integer, type: gl.UNSIGNED_BYTE, bytesPerLane: 1 };
  }
  if (dtype === "uint16") {
    const internal = { R: gl.R16UI, RG: gl.RG16UI, RGBA: gl.RGBA16UI }[name];
    return { kind: "uint", internal, format: integer, type: gl.UNSIGNED_SHORT, bytesPerLane: 2 };
  }
  const internal = { R: gl.R32F, RG: gl.RG32F, RGBA: gl.RGBA32F }[name];
  const format = { R: gl.RED, RG: gl.RG, RGBA: gl.RGBA }[name];
  return { kind: "float", internal, format, type: gl.FLOAT, bytesPerLane: 4 };
}

/**
 * Draws raw channel tiles. Which channel lies where is the slot table's
 * business, so that a change of window, gamma, colour or visibility touches
 * uniforms only.
 */
export class TilePass {
  readonly #gl: WebGL2RenderingContext;
  readonly #slots: SlotTable;
  readonly #format: Format;
  readonly #programs = new Map<number, TileProgram>();
  readonly #live = new Set<GpuTile>();
  #blank: WebGLTexture | null = null;
  #uploads = 0;
  #textureBytes = 0;

  constructor(gl: WebGL2RenderingContext, dtype: PixelType, slots: SlotTable) {
    this.#gl = gl;
    this.#slots = slots;
    this.#format = formatOf(gl, dtype, slots.lanes);
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
      texture = this.#createTexture();
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

  #createTexture(): WebGLTexture {
    const gl = this.#gl;
    const texture = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
    return texture;
  }

  /** Stands in for a group that a tile has not read: drawn without colour, it must still be a texture. */
  #blankTexture(): WebGLTexture {
    if (this.#blank) return this.#blank;
    this.#blank = this.#createTexture();
    this.#gl.texStorage2D(this.#gl.TEXTURE_2D, 1, this.#format.internal, 1, 1);
    return this.#blank;
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
        const complete = settings.every((channel, i) => !channel.visible || raw.loaded.has(i));
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
          gl.bindTexture(gl.TEXTURE_2D, tile.groups[group] ?? this.#blankTexture());
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
    gl.uniform3fv(uniforms.color, new Float32Array(LANES * 3));
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
    const count = groups.length * LANES;
    const low = new Float32Array(count);
    const scale = new Float32Array(count);
    const gamma = new Float32Array(count).fill(1);
    const color = new Float32Array(count * 3);
    let curved = false;
    groups.forEach((group, g) => {
      this.#slots.channelsOf(group).forEach((index, lane) => {
        const channel = index === null ? undefined : settings[index];
        if (index === null || !channel?.visible || (raw && !raw.loaded.has(index))) return;
        const at = g * LANES + lane;
        const range = toneRange(channel);
        low[at] = range.low;
        scale[at] = range.scale;
        gamma[at] = channel.gamma;
        curved ||= channel.gamma !== 1;
        color[at * 3] = ((channel.color >> 16) & 255) / 255;
        color[at * 3 + 1] = ((channel.color >> 8) & 255) / 255;
        color[at * 3 + 2] = (channel.color & 255) / 255;
      });
    });
    return { low, scale, gamma, color, curved };
  }

  /** Frees all textures; the tiles stay known, and get new ones when drawn. */
  dropTextures(): void {
    for (const tile of this.#live) this.#dropTextures(tile);
    this.#gl.deleteTexture(this.#blank);
    this.#blank = null;
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
