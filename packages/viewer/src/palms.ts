/** After the pen was last seen, a touch may still be the hand that holds it, ms. */
const NEAR_MS = 600;

type Touch = Pick<PointerEvent, "pointerId" | "pointerType" | "timeStamp">;

/** Tells the hand that rests on the screen from fingers: touches that begin while a pen is near are no gesture. */
export class Palms {
  readonly #palms = new Set<number>();
  readonly #pens = new Set<number>();
  #penAt = Number.NEGATIVE_INFINITY;

  /** Call for every event of a pen. */
  pen({ pointerId, timeStamp }: Touch, touching: boolean): void {
    this.#penAt = timeStamp;
    if (touching) this.#pens.add(pointerId);
    else this.#pens.delete(pointerId);
  }

  /** Whether a touch that begins is the hand's; it is until it ends. */
  begins({ pointerId, pointerType, timeStamp }: Touch): boolean {
    if (pointerType !== "touch") return false;
    if (this.#pens.size === 0 && timeStamp - this.#penAt > NEAR_MS) return false;
    this.#palms.add(pointerId);
    return true;
  }

  /** The pen came after the hand. */
  add(pointerId: number): void {
    this.#palms.add(pointerId);
  }

  has(pointerId: number): boolean {
    return this.#palms.has(pointerId);
  }

  /** True where it was a palm. */
  ends(pointerId: number): boolean {
    return this.#palms.delete(pointerId);
  }
}
