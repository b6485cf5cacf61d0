import { imagePoint } from "@coscope/annotations/geometry";
import type { ImageSource, TileRequest } from "../source/image-source.ts";
import { openOmeZarr } from "../source/open.ts";
import { createViewer } from "../viewer.ts";
import type { OpenInit, Viewer, ViewerOptions } from "../viewer-api.ts";
import { memoryZarr, type ZarrRecipe } from "./memory-zarr.ts";

export interface Stage {
  readonly element: HTMLElement;
  readonly viewer: Viewer;
  /** Colour of the canvas at a point of the image: red, green, blue, alpha in 0…255. */
  colorAt(x: number, y: number): Promise<number[]>;
  remove(): void;
}

export interface StageSize {
  readonly width?: number;
  readonly height?: number;
}

export function createStage(
  { width = 320, height = 240 }: StageSize = {},
  options: ViewerOptions = {},
): Stage {
  const element = document.createElement("div");
  Object.assign(element.style, {
    position: "fixed",
    left: "0",
    top: "0",
    width: `${width}px`,
    height: `${height}px`,
  });
  document.body.append(element);
  // What is read ahead would blur what tests count; those about it ask for it.
  const viewer = createViewer(element, { prefetch: false, ...options });
  return {
    element,
    viewer,
    async colorAt(x, y) {
      const bitmap = await createImageBitmap(await viewer.screenshot());
      const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
      const context = canvas.getContext("2d")!;
      context.drawImage(bitmap, 0, 0);
      const at = viewer.imageToScreen(imagePoint(x, y));
      const scale = bitmap.width / element.clientWidth;
      return [...context.getImageData(Math.floor(at.x * scale), Math.floor(at.y * scale), 1, 1).data];
    },
    remove() {
      viewer.destroy();
      element.remove();
    },
  };
}

/** A source in memory whose reads are counted and can be held back. */
export interface WatchedSource extends ImageSource {
  readonly requests: TileRequest[];
  /** While set, tiles wait for it; a wait ends with the request's abort. */
  gate: Promise<void> | null;
  /** While set, a tile for which it returns an error fails. */
  failing: ((request: TileRequest) => Error | null) | null;
  aborted: number;
}

/** Images are made once a recipe. */
const made = new WeakMap<ZarrRecipe, ReturnType<typeof memoryZarr>>();

export async function openWatched(recipe: ZarrRecipe): Promise<WatchedSource> {
  const zarr = made.get(recipe) ?? memoryZarr(recipe);
  made.set(recipe, zarr);
  const { store } = await zarr;
  return watched(await openOmeZarr("http://memory.test/image.zarr", { store }));
}

export function watched(source: ImageSource): WatchedSource {
  const seen: WatchedSource = {
    ...source,
    requests: [],
    gate: null,
    failing: null,
    aborted: 0,
    async getTile(request) {
      seen.requests.push(request);
      const error = seen.failing?.(request);
      if (error) throw error;
      if (seen.gate) {
        const aborted = new Promise<never>((_, reject) => {
          request.signal?.addEventListener("abort", () => {
            seen.aborted++;
            reject(request.signal!.reason);
          });
        });
        await Promise.race([seen.gate, aborted]);
      }
      return source.getTile(request);
    },
  };
  return seen;
}

export async function openOn(stage: Stage, source: ImageSource, init: OpenInit = {}): Promise<void> {
  await stage.viewer.open(source, init);
  await stage.viewer.whenReady();
}

/** The next frame that the browser shows. */
export function nextFrame(): Promise<void> {
  return new Promise((resolve) => requestAnimationFrame(() => resolve()));
}

export async function until(condition: () => boolean, what: string): Promise<void> {
  for (let frame = 0; frame < 600; frame++) {
    if (condition()) return;
    await nextFrame();
  }
  throw new Error(`never came: ${what}`);
}

/** A promise with its handle outside. */
export function gate(): { promise: Promise<void>; open: () => void } {
  let open = () => {};
  const promise = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { promise, open };
}
