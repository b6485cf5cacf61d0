import type { Affine } from "../camera/transform.ts";
import type { ChannelSettings } from "../source/channels.ts";
import type { ImageSource } from "../source/image-source.ts";
import type { RawTile } from "../tiles/raw-tile.ts";
import type { SlotTable } from "../tiles/slots.ts";
import { createContext } from "./gl.ts";
import { type GpuTile, TilePass } from "./tile-pass.ts";
import { deviceSize, tileQuads } from "./tile-quads.ts";

export interface Frame {
  /** CSS px. */
  readonly width: number;
  readonly height: number;
  /** Device px per CSS px. */
  readonly pixelRatio: number;
  /** Image px → CSS px; null while nothing is open. */
  readonly matrix: Affine | null;
  /** Coarse before fine. */
  readonly tiles: readonly GpuTile[];
}

/** Something drawn after the tiles, in the same frame and with the same matrix. */
export interface Pass {
  draw(frame: Frame & { readonly matrix: Affine }): void;
  /** The context came back: everything made in the old one is gone. */
  restore(): void;
  destroy(): void;
}

export interface RendererEvents {
  lost(): void;
  restored(): void;
  /** Asks for another frame. */
  redraw(): void;
}

/** Longest that textures may be made for in one frame, ms; one tile is always made. */
const UPLOAD_BUDGET_MS = 2;
/** For another plane: nothing moves meanwhile, and it is to be played smoothly. */
const PLANE_BUDGET_MS = 8;

interface Waiting {
  readonly raw: RawTile;
  readonly budgetMs: number;
  readonly signal: AbortSignal;
  resolve(): void;
}

/** Owns the canvas, its WebGL2 context and what is drawn in it. Knows nothing of OpenSeadragon. */
export class Renderer {
  readonly canvas: HTMLCanvasElement;
  readonly gl: WebGL2RenderingContext;
  readonly #events: RendererEvents;
  readonly #passes: Pass[] = [];
  readonly #queue: Waiting[] = [];
  /** Textures made before OpenSeadragon's cache took the tile over. */
  readonly #prepared = new Map<RawTile, GpuTile>();
  #source: ImageSource | null = null;
  #tiles: TilePass | null = null;
  #settings: readonly ChannelSettings[] = [];
  #pumping = 0;
  #lost = false;
  #held = false;
  #frames = 0;
  #drawn: readonly GpuTile[] = [];
  readonly #frameMs: number[] = [];

  /** @throws ViewerError "webgl2-missing" */
  constructor(events: RendererEvents) {
    this.#events = events;
    this.canvas = document.createElement("canvas");
    this.gl = createContext(this.canvas);
    this.canvas.addEventListener("webglcontextlost", this.#onLost);
    this.canvas.addEventListener("webglcontextrestored", this.#onRestored);
  }

  readonly #onLost = (event: Event) => {
    // Without this the browser never gives the context back.
    event.preventDefault();
    this.#lost = true;
    this.#events.lost();
  };

  readonly #onRestored = () => {
    this.#lost = false;
    this.#tiles?.restore();
    for (const pass of this.#passes) pass.restore();
    this.#events.restored();
    this.#events.redraw();
  };

  get lost(): boolean {
    return this.#lost;
  }

  addPass(pass: Pass): void {
    this.#passes.push(pass);
  }

  setSource(source: ImageSource | null, slots: SlotTable | null): void {
    this.#dropQueue();
    this.#tiles?.destroy();
    this.#prepared.clear();
    this.#source = source;
    this.#tiles = source && slots ? new TilePass(this.gl, source.dtype, slots) : null;
    this.#drawn = [];
  }

  setChannels(settings: readonly ChannelSettings[]): void {
    this.#settings = settings;
  }

  /** Makes the tile's textures within the frame budget; resolves when they are there. */
  prepare(raw: RawTile, signal: AbortSignal, { ofPlane = false } = {}): Promise<void> {
    const budgetMs = ofPlane ? PLANE_BUDGET_MS : UPLOAD_BUDGET_MS;
    return new Promise((resolve) => {
      this.#queue.push({ raw, budgetMs, signal, resolve });
      if (!this.#pumping) this.#pumping = requestAnimationFrame(this.#pump);
    });
  }

  readonly #pump = () => {
    this.#pumping = 0;
    const start = performance.now();
    while (this.#queue.length > 0) {
      const { raw, budgetMs, signal, resolve } = this.#queue.shift()!;
      if (!signal.aborted && !this.#lost && this.#tiles) {
        const tile = this.#tiles.create(raw);
        this.#tiles.upload(tile);
        this.#prepared.set(raw, tile);
      }
      resolve();
      if (performance.now() - start > budgetMs) break;
    }
    if (this.#queue.length > 0) this.#pumping = requestAnimationFrame(this.#pump);
    this.#note(performance.now() - start);
  };

  #dropQueue(): void {
    cancelAnimationFrame(this.#pumping);
    this.#pumping = 0;
    for (const { resolve } of this.#queue.splice(0)) resolve();
  }

  /** The tile has entered a cache: from now on it lives until `free`. */
  adopt(raw: RawTile): GpuTile {
    const prepared = this.#prepared.get(raw);
    this.#prepared.delete(raw);
    if (prepared) return prepared;
    if (!this.#tiles) throw new Error("a tile was cached without an open image");
    return this.#tiles.create(raw);
  }

  free(tile: GpuTile): void {
    this.#tiles?.free(tile);
  }

  /** Whether a cache still holds the tile. */
  isLive(tile: GpuTile): boolean {
    return this.#tiles?.isLive(tile) ?? false;
  }

  /** The tile, which has become the prepared one, takes its textures. */
  exchange(tile: GpuTile, prepared: RawTile): void {
    const from = this.#prepared.get(prepared);
    this.#prepared.delete(prepared);
    if (from) this.#tiles?.exchange(tile, from);
  }

  /** Frees what was prepared and is not needed after all. */
  discard(prepared: RawTile): void {
    const tile = this.#prepared.get(prepared);
    this.#prepared.delete(prepared);
    if (tile) this.#tiles?.free(tile);
  }

  /** While held, what the canvas shows stays, whatever is loaded or freed. */
  hold(held: boolean): void {
    this.#held = held;
    if (!held) this.#events.redraw();
  }

  /** What the last frame showed. */
  get drawn(): readonly GpuTile[] {
    return this.#drawn;
  }

  draw(frame: Frame): void {
    if (this.#held) return;
    const { gl, canvas } = this;
    const start = performance.now();
    const width = deviceSize(frame.width, frame.pixelRatio);
    const height = deviceSize(frame.height, frame.pixelRatio);
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
    }
    this.#drawn = frame.tiles;
    this.#frames++;
    if (this.#lost) return;
    gl.viewport(0, 0, width, height);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT);
    const { matrix } = frame;
    if (matrix && this.#tiles && this.#source) {
      this.#tiles.draw(tileQuads(frame.tiles, this.#source, matrix, frame), this.#settings);
      for (const pass of this.#passes) pass.draw({ ...frame, matrix });
    }
    this.#note(performance.now() - start);
  }

  /** What the canvas shows, as PNG; only in the task that drew it. */
  toBlob(): Promise<Blob> {
    return new Promise((resolve, reject) => {
      this.canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("the canvas gave no image"))));
    });
  }

  #note(ms: number): void {
    this.#frameMs.push(ms);
    if (this.#frameMs.length > 600) this.#frameMs.shift();
  }

  stats() {
    return {
      frames: this.#frames,
      uploads: this.#tiles?.uploads ?? 0,
      textures: this.#tiles?.textures ?? { tiles: 0, bytes: 0 },
      jsMsPerFrame: [...this.#frameMs],
    };
  }

  resetStats(): void {
    this.#frames = 0;
    this.#frameMs.length = 0;
  }

  destroy(): void {
    this.#dropQueue();
    this.canvas.removeEventListener("webglcontextlost", this.#onLost);
    this.canvas.removeEventListener("webglcontextrestored", this.#onRestored);
    for (const pass of this.#passes) pass.destroy();
    this.#tiles?.destroy();
    // Browsers allow about 16 contexts a page; waiting for the collector would exhaust them.
    this.gl.getExtension("WEBGL_lose_context")?.loseContext();
  }
}
