import type { SourceErrorData } from "../errors.ts";
import type { ImageDescription, Tile } from "../source/image-source.ts";
import type { ImageManifest } from "../source/open-image.ts";
import type { Texels } from "./texels.ts";

/** What the page asks a decode worker; `id` comes back with the answer. */
export type WorkerRequest =
  | {
      readonly type: "open";
      readonly id: number;
      readonly url: string;
      readonly cacheBytes: number;
      /** Requests for pixels at once to a host that must stay reachable. */
      readonly connections: number;
    }
  /** Another worker has read the metadata: use it, ask the server for nothing. */
  | {
      readonly type: "adopt";
      readonly id: number;
      readonly manifest: ImageManifest;
      readonly cacheBytes: number;
      readonly connections: number;
    }
  | {
      readonly type: "tile";
      readonly id: number;
      readonly level: number;
      readonly x: number;
      readonly y: number;
      readonly z: number;
      readonly t: number;
      readonly channel: number;
    }
  | {
      readonly type: "texels";
      readonly id: number;
      readonly level: number;
      readonly x: number;
      readonly y: number;
      readonly z: number;
      readonly t: number;
      /** By lane. */
      readonly channels: readonly (number | null)[];
      readonly projection?: "max" | null;
    }
  | { readonly type: "abort"; readonly id: number };

/** Since the worker began. */
export interface WorkerCounts {
  readonly requests: number;
  readonly decodes: number;
}

export type WorkerReply =
  | {
      readonly type: "opened";
      readonly id: number;
      readonly description: ImageDescription;
      readonly manifest: ImageManifest;
      /** The image is decoded whole: further workers would each do that again. */
      readonly alone: boolean;
    }
  | { readonly type: "adopted"; readonly id: number }
  | { readonly type: "tile"; readonly id: number; readonly tile: Tile | null; readonly counts: WorkerCounts }
  /** One more plane of a projection has been read. */
  | { readonly type: "plane"; readonly id: number }
  | {
      readonly type: "texels";
      readonly id: number;
      readonly texels: Texels;
      readonly problems: readonly SourceErrorData[];
      readonly counts: WorkerCounts;
    }
  | {
      readonly type: "failed";
      readonly id: number;
      readonly error: SourceErrorData;
      readonly counts: WorkerCounts;
    };
