import type { Parts } from "@coscope/annotations/shapes";
import type { CallOptions, MaskClient } from "../../masks/client.ts";
import { type MaskError, maskErrorOf } from "../../masks/errors.ts";
import type { Answer, Candidate, RefineArgs, Scene } from "../../masks/protocol.ts";
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
  ready(): Promise<Scene>;
  tolerancePx(): number;
  /** Prompts, answers, what is foreseen or the candidate changed. */
  onChange(): void;
  onFailed(error: MaskError): void;
}

/** The annotation that is corrected, as it was when that began. */
export interface Refined {
  readonly target: Target;
  readonly parts: Parts;
}

/** A prompt that may come next, with the answer that it would have. */
interface Foreseen {
  readonly prompts: readonly ToolPrompt[];
  /** The candidate that it corrects. */
  readonly candidate: number;
  readonly asked: Promise<Answer>;
  readonly stop: AbortController;
  answer: Answer | null;
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
  #scene: Scene | null = null;
  #foreseen: Foreseen | null = null;
  /** What was foreseen and came. */
  #came: Foreseen | null = null;
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

  /** What the answers were made of; null before the first one. */
  get scene(): Scene | null {
    return this.#scene;
  }

  /** What would be shown if the foreseen prompt came; null until that is known. */
  get expected(): Candidate | null {
    return this.#foreseen?.answer?.candidates[0] ?? null;
  }

  /** This prompt may come next: it is asked about at once, and `add` takes the answer if it does. */
  foresee(prompt: ToolPrompt): void {
    this.forgo();
    if (this.waiting) return;
    const stop = new AbortController();
    this.#stop.signal.addEventListener("abort", () => stop.abort(), { once: true });
    const prompts = [...this.#prompts, prompt];
    const asked = this.#options.ready().then(() => {
      stop.signal.throwIfAborted();
      return this.#ask(prompts, stop.signal);
    });
    const foreseen: Foreseen = { prompts, candidate: this.#candidate, asked, stop, answer: null };
    this.#foreseen = foreseen;
    asked.then(
      (answer) => {
        if (this.#foreseen !== foreseen) return;
        foreseen.answer = answer;
        this.#options.onChange();
      },
      // Said if the prompt comes.
      () => {},
    );
  }

  /** It did not come. */
  forgo(): void {
    this.#foreseen?.stop.abort();
    this.#foreseen = null;
  }

  add(prompt: ToolPrompt): void {
    const foreseen = this.#foreseen;
    if (foreseen && this.#isFor(foreseen, [...this.#prompts, prompt])) {
      this.#came = foreseen;
      this.#foreseen = null;
    } else this.forgo();
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
    this.forgo();
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
      this.#scene = await this.#options.ready();
      while (this.waiting && !this.#stop.signal.aborted) {
        const prompts = this.#prompts.slice(0, this.#answers.length + 1);
        const answer = await this.#answerTo(prompts);
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

  #isFor(foreseen: Foreseen, prompts: readonly ToolPrompt[]): boolean {
    return (
      foreseen.candidate === this.#candidate &&
      foreseen.prompts.length === prompts.length &&
      foreseen.prompts.every((one, i) => samePrompt(one, prompts[i]!))
    );
  }

  #answerTo(prompts: readonly ToolPrompt[]): Promise<Answer> {
    const came = this.#came;
    this.#came = null;
    if (came && this.#isFor(came, prompts)) return came.asked;
    came?.stop.abort();
    return this.#ask(prompts, this.#stop.signal);
  }

  #ask(prompts: readonly ToolPrompt[], signal: AbortSignal): Promise<Answer> {
    const { client, tolerancePx } = this.#options;
    const options: CallOptions = { signal };
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

const samePrompt = (a: ToolPrompt, b: ToolPrompt): boolean =>
  a === b ||
  (a.kind === "point" && b.kind === "point" && a.x === b.x && a.y === b.y && a.inside === b.inside);
