import type { ImagePoint } from "@coscope/annotations/geometry";
import { visibleRect, zoomOf } from "../../camera/transform.ts";
import type { PlaneIndex } from "../../tiles/raw-tile.ts";
import type { Frame, Pass } from "../renderer.ts";
import type { LabelOverlay } from "./colors.ts";
import { createLabelProgram, type LabelProgram } from "./program.ts";
import { labelQuad } from "./quad.ts";
import {
  type Covered,
  type LabelRegion,
  labelLevel,
  labelRect,
  labelScale,
  placeAt,
  placesWithin,
  regionsOf,
} from "./regions.ts";
import { type ColorTable, createColorTable, createLabelTexture } from "./textures.ts";
import { bytesOf, evictUnused, type LabelTile, LabelTiles, labelPlane, labelValue } from "./tiles.ts";

export interface LabelPassHost {
  /** The image under the labels; null while none is open. */
  image(): Covered | null;
  readonly budgetBytes: number;
  redraw(): void;
  report(error: unknown): void;
}

type Seen = Frame & { readonly matrix: NonNullable<Frame["matrix"]> };

interface Shown {
  overlay: LabelOverlay;
  readonly tiles: LabelTiles;
  table: ColorTable | null;
}

/** Longest that textures may be made for in one frame, ms. */
const UPLOAD_BUDGET_MS = 3;
/** CSS px. */
const OUTLINE_PX = 1.5;
/** The coarsest level is read first, where it has so few tiles: something is seen at once. */
const FIRST_TILES = 4;

/** Draws label images over the picture, by nearest pixels. */
export class LabelPass implements Pass {
  readonly #gl: WebGL2RenderingContext;
  readonly #host: LabelPassHost;
  #shown: Shown[] = [];
  #plane: PlaneIndex = { z: 0, t: 0 };
  #program: LabelProgram | null = null;
  #frame = 0;
  #seen: Seen | null = null;
  #deadline = 0;
  #late = false;

  constructor(gl: WebGL2RenderingContext, host: LabelPassHost) {
    this.#gl = gl;
    this.#host = host;
  }

  set(overlays: readonly LabelOverlay[]): void {
    const before = this.#shown;
    this.#shown = overlays.map((overlay) => {
      const present = before.find(
        (one) => one.overlay.id === overlay.id && one.overlay.source === overlay.source,
      );
      if (!present) return this.#create(overlay);
      if (present.overlay.colors !== overlay.colors) this.#dropTable(present);
      present.overlay = overlay;
      return present;
    });
    for (const one of before) if (!this.#shown.includes(one)) this.#close(one);
    this.#host.redraw();
  }

  #create(overlay: LabelOverlay): Shown {
    const { redraw, report } = this.#host;
    const tiles = new LabelTiles(overlay.source, {
      changed: () => redraw(),
      report: (error) => report(error),
    });
    return { overlay, tiles, table: null };
  }

  setPlane(plane: PlaneIndex): void {
    this.#plane = plane;
  }

  /** Resolves when what the view needs of another plane has been read, or could not be. */
  async prepare(plane: PlaneIndex, signal: AbortSignal): Promise<void> {
    const seen = this.#seen;
    const image = this.#host.image();
    if (!seen || !image) return;
    await Promise.all(
      this.#visible.map(({ tiles }) => {
        const { source } = tiles;
        const level = levelIn(seen, source, image);
        const places = placesWithin(source, image, level, visibleRect(seen.matrix, seen));
        return tiles.read(labelPlane(source, plane), places, signal);
      }),
    );
  }

  get #visible(): Shown[] {
    return this.#shown.filter(({ overlay }) => overlay.visible && overlay.opacity > 0);
  }

  /** True while something that the view needs is being read. */
  get pending(): boolean {
    return this.#late || this.#visible.some(({ tiles }) => tiles.pending);
  }

  get bytes(): number {
    return bytesOf(this.#shown.map(({ tiles }) => tiles));
  }

  draw(frame: Seen): void {
    const image = this.#host.image();
    this.#seen = frame;
    this.#frame++;
    this.#late = false;
    if (!image || this.#shown.length === 0) return;
    this.#deadline = performance.now() + UPLOAD_BUDGET_MS;
    const gl = this.#gl;
    this.#program ??= createLabelProgram(gl);
    gl.useProgram(this.#program.program);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    for (const one of this.#shown) {
      if (one.overlay.visible && one.overlay.opacity > 0) this.#drawOne(one, frame, image);
      else one.tiles.want(this.#plane, []);
    }
    gl.activeTexture(gl.TEXTURE0);
    gl.disable(gl.BLEND);
    const all = this.#shown.map(({ tiles }) => tiles);
    const free = (tile: LabelTile) => gl.deleteTexture(tile.texture);
    evictUnused(all, this.#host.budgetBytes, this.#frame, free);
    if (this.#late) this.#host.redraw();
  }

  #drawOne(one: Shown, frame: Seen, image: Covered): void {
    const gl = this.#gl;
    const { tiles, overlay } = one;
    const { source } = tiles;
    const { uniforms } = this.#program!;
    const view = visibleRect(frame.matrix, frame);
    const level = levelIn(frame, source, image);
    const plane = labelPlane(source, this.#plane);
    const places = placesWithin(source, image, level, view);
    const coarsest = placesWithin(source, image, source.levels.length - 1, view);
    tiles.want(plane, coarsest.length <= FIRST_TILES ? [...coarsest, ...places] : places);
    const regions = regionsOf(source, image, level, view, (place) => this.#textured(tiles.get(plane, place)));
    this.#bindTable(one);
    gl.uniform1f(uniforms.opacity, overlay.opacity);
    gl.uniform1f(uniforms.outlinePx, overlay.outline ? OUTLINE_PX * frame.pixelRatio : 0);
    gl.activeTexture(gl.TEXTURE0);
    for (const region of regions) this.#drawRegion(region, tiles, frame, image);
  }

  #drawRegion({ tile, place, part }: LabelRegion<LabelTile>, tiles: LabelTiles, frame: Seen, image: Covered) {
    const gl = this.#gl;
    const { uniforms } = this.#program!;
    const { corners, toTexel: t } = labelQuad(
      frame,
      part,
      labelScale(tiles.source, image, place.level),
      labelRect(tiles.source, image, place),
    );
    gl.uniform2fv(uniforms.corners, corners);
    gl.uniformMatrix2fv(uniforms.toTexel, false, [t.a, t.b, t.c, t.d]);
    gl.uniform2f(uniforms.texelOrigin, t.e, t.f);
    gl.uniform2f(uniforms.size, tile.width, tile.height);
    gl.bindTexture(gl.TEXTURE_2D, tile.texture);
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
  }

  /** The tile with its texture; none yet where this frame's time is up. */
  #textured(tile: LabelTile | undefined): LabelTile | undefined {
    if (!tile) return undefined;
    tile.used = this.#frame;
    if (tile.texture) return tile;
    if (performance.now() > this.#deadline) {
      this.#late = true;
      return undefined;
    }
    tile.texture = createLabelTexture(this.#gl, tile);
    return tile;
  }

  /** Colours that were given, sorted, for the shader to look up. */
  #bindTable(one: Shown): void {
    const gl = this.#gl;
    one.table ??= createColorTable(
      this.#gl,
      one.overlay.colors ?? one.overlay.source.label?.colors ?? new Map(),
    );
    gl.activeTexture(gl.TEXTURE1);
    gl.bindTexture(gl.TEXTURE_2D, one.table.texture);
    gl.uniform1i(this.#program!.uniforms.entries, one.table.entries);
  }

  /** The topmost label at a point that is not 0. */
  at(point: ImagePoint): { id: string; value: number } | null {
    const seen = this.#seen;
    const image = this.#host.image();
    if (!seen || !image) return null;
    for (const { tiles, overlay } of this.#visible.reverse()) {
      const { source } = tiles;
      const plane = labelPlane(source, this.#plane);
      for (let level = levelIn(seen, source, image); level < source.levels.length; level++) {
        const place = placeAt(source, image, level, point);
        const tile = place && tiles.get(plane, place);
        if (!place || !tile) continue;
        const value = labelValue(tile, labelRect(source, image, place), point);
        if (value) return { id: overlay.id, value };
        break;
      }
    }
    return null;
  }

  #dropTable(one: Shown): void {
    if (one.table) this.#gl.deleteTexture(one.table.texture);
    one.table = null;
  }

  #close(one: Shown): void {
    this.#dropTable(one);
    for (const tile of one.tiles.all.values()) this.#gl.deleteTexture(tile.texture);
    one.tiles.close();
  }

  restore(): void {
    this.#program = null;
    for (const one of this.#shown) {
      one.table = null;
      for (const tile of one.tiles.all.values()) tile.texture = null;
    }
  }

  destroy(): void {
    for (const one of this.#shown) this.#close(one);
    this.#shown = [];
    if (this.#program) this.#gl.deleteProgram(this.#program.program);
  }
}

function levelIn(frame: Seen, labels: LabelOverlay["source"], image: Covered): number {
  return labelLevel(labels, image, zoomOf(frame.matrix) * frame.pixelRatio);
}
