export interface Progress {
  readonly done: number;
  readonly total: number;
}

/** Adds up what several reads report; null once none is under way. */
export class ProjectionProgress {
  readonly #said: (progress: Progress | null) => void;
  #running = 0;
  #done = 0;
  #total = 0;

  constructor(said: (progress: Progress | null) => void) {
    this.#said = said;
  }

  begin(steps: number): { step(): void; end(): void } {
    this.#running++;
    this.#total += steps;
    this.#say();
    return {
      step: () => {
        this.#done++;
        this.#say();
      },
      end: () => {
        this.#running--;
        if (this.#running > 0) return;
        this.#done = 0;
        this.#total = 0;
        this.#said(null);
      },
    };
  }

  #say(): void {
    this.#said({ done: Math.min(this.#done, this.#total), total: this.#total });
  }
}
