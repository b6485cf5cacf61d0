import type { Parts } from "@coscope/annotations/shapes";
import type { CallOptions, MaskClient } from "../../masks/client.ts";
import { type MaskError, maskErrorOf } from "../../masks/errors.ts";
import type { Answer, Candidate, RefineArgs } from "../../masks/protocol.ts";
import type { Target } from "../tool.ts";

export type PointPrompt = {
  readonly kind: "point";
  readonly x: number;
  readonly y: number;
  readonly inside: boolean;
};
export type ToolPrompt =
  | PointPrompt
  | {
      readonly kind: "box";
      readonly minX: number;
      readonly minY: number;
      readonly maxX: number;
      readonly maxY: number;
    };

export interface PromptObjectOptions {
  client(): Pick<MaskClient, "call">;
  /** Loads the model for what is looked at; the calls come after it. */
  ready(): Promise<void>;
  tolerancePx(): number;
  /** Prompts, answers or the candidate changed. */
  onChange(): void;
  onFailed(error: MaskError): void;
}

/** The annotation that is corrected, as it was when that began. */
export interface Refined {
  readonly target: Target;
  readonly parts: Parts;
}

let objects = 0;

/** One object from its first prompt until it is accepted or dropped. Prompts are answered in order, one by one. */
export class PromptObject {
  readonly #options: PromptObjectOptions;
  readonly #stop = new AbortController();
  readonly #id = ++objects;
  readonly refined: Refined | null;
  #prompts: readonly ToolPrompt[] = [];
  /** answers[k] is to the first k + 1 prompts. */
  #answers: readonly Answer[] = [];
  #candidate = 0;
  #running = false;
  #settle: (() => void)[] = [];

  constructor(options: PromptObjectOptions, refined: Refined | null = null) {
    this.#options = options;
    this.refined = refined;
  }

  get prompts(): readonly ToolPrompt[] {
    return this.#prompts;
  }

  get waiting(): boolean {
    return this.#answers.length < this.#prompts.length;
  }

  get answer(): Answer | null {
    return this.#answers.at(-1) ?? null;
  }

  get candidates(): number {
    return this.answer?.candidates.length ?? 0;
  }

  get candidateIndex(): number {
    return this.#candidate;
  }

  get shown(): Candidate | null {
    return this.answer?.candidates[this.#candidate] ?? null;
  }

  add(prompt: ToolPrompt): void {
    this.#prompts = [...this.#prompts, prompt];
    this.#options.onChange();
    void this.#run();
  }

  /** False where there was none. */
  takeBack(): boolean {
    if (this.#prompts.length === 0) return false;
    this.#prompts = this.#prompts.slice(0, -1);
    this.#answers = this.#answers.slice(0, this.#prompts.length);
    this.#candidate = 0;
    this.#options.onChange();
    return true;
  }

  next(): boolean {
    if (this.candidates < 2) return false;
    this.#candidate = (this.#candidate + 1) % this.candidates;
    this.#options.onChange();
    return true;
  }

  /** Resolves when every prompt has its answer, or none comes any more. */
  settled(): Promise<void> {
    if (!this.waiting) return Promise.resolve();
    return new Promise((resolve) => this.#settle.push(resolve));
  }

  end(): void {
    this.#stop.abort();
    this.#done();
    this.#options
      .client()
      .call("forget", { object: this.#id })
      .catch(() => {});
  }

  async #run(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    try {
      await this.#options.ready();
      while (this.waiting && !this.#stop.signal.aborted) {
        const prompts = this.#prompts.slice(0, this.#answers.length + 1);
        const answer = await this.#ask(prompts);
        // Prompts that were taken back meanwhile have no answer.
        const still =
          prompts.every((p, i) => this.#prompts[i] === p) && this.#answers.length === prompts.length - 1;
        if (!still || this.#stop.signal.aborted) continue;
        this.#answers = [...this.#answers, answer];
        this.#candidate = 0;
        this.#options.onChange();
      }
    } catch (error) {
      if (!this.#stop.signal.aborted) {
        this.#prompts = this.#prompts.slice(0, this.#answers.length);
        this.#options.onFailed(maskErrorOf(error));
        this.#options.onChange();
      }
    } finally {
      this.#running = false;
      this.#done();
    }
  }

  #ask(prompts: readonly ToolPrompt[]): Promise<Answer> {
    const { client, tolerancePx } = this.#options;
    const options: CallOptions = { signal: this.#stop.signal };
    if (this.refined) {
      const clicks = prompts.filter((p) => p.kind === "point") as RefineArgs["clicks"];
      return client().call(
        "refine",
        { parts: this.refined.parts, clicks, tolerancePx: tolerancePx() },
        options,
      );
    }
    const last = this.answer;
    return client().call(
      "propose",
      {
        object: this.#id,
        prompts,
        previous: last && { id: last.id, candidate: this.#candidate },
        tolerancePx: tolerancePx(),
      },
      options,
    );
  }

  #done(): void {
    for (const resolve of this.#settle.splice(0)) resolve();
  }
}
