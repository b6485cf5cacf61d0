import { type ScreenPoint, screenPoint } from "@coscope/annotations/geometry";

export interface PinchHost {
  zoomBy(factor: number, at: ScreenPoint): void;
  panBy(dx: number, dy: number): void;
}

/** Fingers on the screen, and what two of them do together: the picture follows both. */
export class Pinch {
  readonly #host: PinchHost;
  readonly #touches = new Map<number, ScreenPoint>();
  /** Fingers of a pinch, until each is lifted: what they do then is no tool's. */
  readonly #fingers = new Set<number>();
  #last: { distance: number; x: number; y: number } | null = null;

  constructor(host: PinchHost) {
    this.#host = host;
  }

  /** Every finger that is down, of a pinch or not. */
  get touches(): ReadonlyMap<number, ScreenPoint> {
    return this.#touches;
  }

  get active(): boolean {
    return this.#fingers.size > 0;
  }

  has(pointerId: number): boolean {
    return this.#fingers.has(pointerId);
  }

  down(pointerId: number, at: ScreenPoint): void {
    this.#touches.set(pointerId, at);
  }

  /** All fingers that are down belong to it from now on. */
  start(): void {
    this.#last = this.#between();
    for (const id of this.#touches.keys()) this.#fingers.add(id);
  }

  /** True where the finger is one of the pinch's. */
  move(pointerId: number, at: ScreenPoint): boolean {
    if (this.#touches.has(pointerId)) this.#touches.set(pointerId, at);
    if (!this.#fingers.has(pointerId)) return false;
    if (!this.#last || this.#touches.size < 2) return true;
    const now = this.#between();
    this.#host.panBy(this.#last.x - now.x, this.#last.y - now.y);
    this.#host.zoomBy(now.distance / this.#last.distance, screenPoint(now.x, now.y));
    this.#last = now;
    return true;
  }

  /** True where the finger was one of the pinch's. */
  up(pointerId: number): boolean {
    this.#touches.delete(pointerId);
    if (!this.#fingers.delete(pointerId)) return false;
    this.#last = null;
    return true;
  }

  /** They were no fingers after all. */
  forget(): void {
    this.#touches.clear();
    this.#fingers.clear();
    this.#last = null;
  }

  #between(): { distance: number; x: number; y: number } {
    const [a, b] = [...this.#touches.values()];
    if (!a || !b) return { distance: 1, x: 0, y: 0 };
    return {
      distance: Math.max(1, Math.hypot(a.x - b.x, a.y - b.y)),
      x: (a.x + b.x) / 2,
      y: (a.y + b.y) / 2,
    };
  }
}
