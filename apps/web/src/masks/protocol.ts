import type { Parts, PixelMask } from "@coscope/annotations/shapes";
import type { Manifest, Planes, Prompt, Scale } from "@coscope/models";
import type { MaskErrorData } from "./errors.ts";

/** A row of GET /api/models, as far as the page uses it. */
export interface ModelRow {
  readonly id: string;
  readonly name: string;
  readonly family: string;
  readonly default: boolean;
  readonly ready: boolean;
  /** Why it is not ready. */
  readonly why?: string;
  readonly encoder: { readonly bytes: number; readonly sha256: string };
  readonly decoder: { readonly bytes: number; readonly sha256: string };
  /** As `parseManifest` takes it. */
  readonly manifest: unknown;
}

/** What is outlined: one plane of one image, with some of its channels, by one model. */
export interface Scene {
  readonly imageId: string;
  readonly width: number;
  readonly height: number;
  readonly z: number;
  readonly t: number;
  /** Those that are visible, ascending. */
  readonly channels: readonly number[];
  readonly model: ModelRow;
  /** The encoder runs in the page; nothing about the pixels is asked of the server. */
  readonly private: boolean;
}

export interface Region {
  readonly scale: Scale;
  readonly x: number;
  readonly y: number;
}

/** One way to read the prompts. */
export interface Candidate {
  /** Clean parts, image px; empty where nothing is inside. */
  readonly parts: Parts;
  /** The IoU that is expected of it, 0..1. */
  readonly score: number;
}

/** What the network makes of the prompts so far. */
export interface Answer {
  /** Names it for corrections. */
  readonly id: number;
  /** The one to show first comes first; never two that look the same. */
  readonly candidates: readonly Candidate[];
  readonly region: Region;
}

export interface ProposeArgs {
  /** Groups answers, so that they can be forgotten together. */
  readonly object: number;
  readonly prompts: readonly Prompt[];
  /** The answer to fewer prompts of the same object, and the candidate of it that is corrected. */
  readonly previous: { readonly id: number; readonly candidate: number } | null;
  /** How far the outline may be from the mask's, image px: half a CSS px, so it also says what the zoom is. */
  readonly tolerancePx: number;
}

export interface RefineArgs {
  readonly parts: Parts;
  /** Clicks on what is wrong: inside adds, outside takes away. */
  readonly clicks: readonly Extract<Prompt, { kind: "point" }>[];
  readonly tolerancePx: number;
}

export interface Suggestion {
  readonly parts: Parts;
  readonly score: number;
  /** Image px². */
  readonly area: number;
  readonly prompt: Prompt;
  readonly region: Region;
}

export interface SearchArgs {
  readonly rect: {
    readonly minX: number;
    readonly minY: number;
    readonly maxX: number;
    readonly maxY: number;
  };
  /** Areas that are outlined already. */
  readonly existing: readonly Parts[];
  readonly minScore: number;
  readonly tolerancePx: number;
}

export interface Searched {
  /** Best first; they do not overlap. */
  readonly found: readonly Suggestion[];
  /** Left out because they are outlined already. */
  readonly leftOut: number;
}

export interface Ready {
  /** Of WebAssembly. */
  readonly threads: number;
}

/** What the page asks of the worker. */
export interface Calls {
  use(scene: Scene): Promise<Ready>;
  /** The best outline there, from what is at hand; null where that is not enough. */
  hover(args: {
    readonly x: number;
    readonly y: number;
    readonly tolerancePx: number;
  }): Promise<Candidate | null>;
  /** Reads the regions round these points ahead. */
  prefetch(args: {
    readonly points: readonly { readonly x: number; readonly y: number }[];
    /** As a click's: at another zoom other levels are looked at. */
    readonly tolerancePx: number;
    readonly purpose: "hover" | "prefetch";
  }): Promise<void>;
  propose(args: ProposeArgs): Promise<Answer>;
  refine(args: RefineArgs): Promise<Answer>;
  search(args: SearchArgs): Promise<Searched>;
  forget(args: { readonly object: number }): Promise<void>;
}
export type CallName = keyof Calls;

export type ToWorker =
  | { readonly kind: "call"; readonly id: number; readonly name: CallName; readonly args: unknown }
  | { readonly kind: "abort"; readonly id: number }
  | { readonly kind: "pixels"; readonly ask: number; readonly planes: Planes }
  | { readonly kind: "no-pixels"; readonly ask: number; readonly error: MaskErrorData };

export type FromWorker =
  | { readonly kind: "done"; readonly id: number; readonly value: unknown }
  | { readonly kind: "failed"; readonly id: number; readonly error: MaskErrorData }
  | { readonly kind: "progress"; readonly id: number; readonly done: number; readonly of: number }
  /** A region is being waited for, or (null) none any more. */
  | { readonly kind: "waiting"; readonly region: Region | null }
  /** Private mode: the page reads the pixels. */
  | {
      readonly kind: "ask-pixels";
      readonly ask: number;
      readonly cell: Region & { readonly width: number; readonly height: number };
      readonly scene: Scene;
      readonly normalisation: Manifest["normalisation"];
    };

export type { Parts, PixelMask };
