import type { Plane, PolygonGeometry, Ring } from "@coscope/annotations/geometry";
import type { XY } from "../tool.ts";
import type { Flooded, SeenPixels } from "./pixel-jobs.ts";

type Job =
  | { readonly job: "open"; readonly seen: SeenPixels }
  | {
      readonly job: "wand";
      readonly at: XY;
      readonly tolerance: number;
      readonly simplifyPx: number;
      readonly plane: Plane;
    }
  | { readonly job: "path"; readonly from: XY; readonly to: XY }
  | { readonly job: "outline"; readonly ring: Ring; readonly simplifyPx: number; readonly plane: Plane };

export type PixelRequest = Job & { readonly id: number };

export interface PixelAnswer {
  readonly id: number;
  readonly result: Flooded | PolygonGeometry | number[] | null;
  readonly failed?: string;
}

/** `PixelJobs`, elsewhere: answers come in the order of the calls. */
export interface PixelWorker {
  open(seen: SeenPixels): Promise<void>;
  wand(at: XY, tolerance: number, simplifyPx: number, plane: Plane): Promise<Flooded>;
  path(from: XY, to: XY): Promise<number[] | null>;
  outline(ring: Ring, simplifyPx: number, plane: Plane): Promise<PolygonGeometry | null>;
}

let shared: PixelWorker | null = null;

/** One for the page, started when a tool first needs it. */
export const pixelWorker = (): PixelWorker => (shared ??= createPixelWorker());

function createPixelWorker(): PixelWorker {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module", name: "tools" });
  const waiting = new Map<number, { resolve(result: never): void; reject(error: Error): void }>();
  let last = 0;
  worker.addEventListener("message", ({ data: { id, result, failed } }: MessageEvent<PixelAnswer>) => {
    const asked = waiting.get(id);
    waiting.delete(id);
    if (failed === undefined) asked?.resolve(result as never);
    else asked?.reject(new Error(failed));
  });
  worker.addEventListener("error", () => {
    shared = null;
    for (const { reject } of waiting.values()) reject(new Error("The tools' worker stopped."));
    waiting.clear();
    worker.terminate();
  });
  function ask<Result>(job: Job, transfer: Transferable[] = []): Promise<Result> {
    const id = ++last;
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject });
      worker.postMessage({ ...job, id } satisfies PixelRequest, transfer);
    });
  }
  return {
    open: (seen) =>
      ask<void>(
        { job: "open", seen },
        seen.channels.map(({ buffer }) => buffer),
      ),
    wand: (at, tolerance, simplifyPx, plane) =>
      ask<Flooded>({ job: "wand", at, tolerance, simplifyPx, plane }),
    path: (from, to) => ask<number[] | null>({ job: "path", from, to }),
    outline: (ring, simplifyPx, plane) =>
      ask<PolygonGeometry | null>({ job: "outline", ring, simplifyPx, plane }),
  };
}
