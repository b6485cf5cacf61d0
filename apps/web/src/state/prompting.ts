import type { Store } from "./store.ts";

/** A model to choose. */
export interface ModelChoice {
  readonly id: string;
  readonly name: string;
  readonly ready: boolean;
  readonly why?: string | undefined;
}

export type PromptStatus =
  | { readonly kind: "idle" }
  /** The model itself is on its way. */
  | { readonly kind: "loading" }
  /** A region is being read; `text` says what for and which place in the line. */
  | { readonly kind: "waiting"; readonly text: string }
  | { readonly kind: "failed"; readonly text: string; readonly next: string; readonly privateHelps: boolean };

/** "Everything in this region", while it is searched and gone through. */
export type RegionSearch =
  | { readonly kind: "searching"; readonly done: number; readonly of: number }
  | {
      readonly kind: "review";
      /** Above the threshold, neither taken nor turned down. */
      readonly shown: number;
      readonly total: number;
      readonly accepted: number;
      /** Left out because they are outlined already. */
      readonly leftOut: number;
      readonly threshold: number;
    };

export interface PromptState {
  readonly status: PromptStatus;
  /**
   * The reading of the prompts that is shown, and how many there are; 0 of 0 while there is no proposal. 1 without one:
   * the button is still down, and what a click there will propose is shown.
   */
  readonly candidate: number;
  readonly candidates: number;
  /** Something is proposed: it can be accepted or dropped. */
  readonly proposed: boolean;
  /** What is proposed corrects an annotation. */
  readonly refining: boolean;
  readonly models: readonly ModelChoice[];
  readonly modelId: string | null;
  readonly private: boolean;
  /** Of WebAssembly; null until the model is loaded. More than one where the page is isolated. */
  readonly threads: number | null;
  readonly region: RegionSearch | null;
}

/** The tool that outlines what is clicked, as its options show and drive it. */
export interface Prompting {
  readonly state: Store<PromptState>;
  accept(): void;
  drop(): void;
  nextCandidate(): void;
  chooseModel(id: string): void;
  setPrivate(on: boolean): void;
  /** Tries again what failed. */
  retry(): void;
  /** Proposes every object in view. */
  everything(): void;
  stopSearch(): void;
  setThreshold(score: number): void;
  acceptAll(): void;
  rejectAll(): void;
}
