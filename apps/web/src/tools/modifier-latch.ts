import type { Modifiers } from "./tool.ts";

/**
 * Shift and Alt held when a gesture starts say what becomes of its area; pressed later they shape it. A key that was
 * held from the start must be let go before it means the second.
 */
export class ModifierLatch {
  #shift: boolean;
  #alt: boolean;

  constructor({ shift, alt }: Modifiers) {
    this.#shift = shift;
    this.#alt = alt;
  }

  /** The modifiers pressed since. */
  since(now: Modifiers): Modifiers {
    this.#shift &&= now.shift;
    this.#alt &&= now.alt;
    return { shift: now.shift && !this.#shift, alt: now.alt && !this.#alt, ctrl: now.ctrl };
  }
}
