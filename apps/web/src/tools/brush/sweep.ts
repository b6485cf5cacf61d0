import { boundsOf, type Geometry, type PolygonGeometry } from "@coscope/annotations/geometry";
import { BrushStroke, type Dab, intersect, ShapeError, simplify } from "@coscope/annotations/shapes";
import { cuttable, neighboursOf } from "../area.ts";
import type { Target, ToolHost } from "../tool.ts";

/** Strokes add up: two people may paint on one area at once. */
export const TOGETHER = { together: true } as const;
/** Colleagues see a stroke with this many corners at most, remade this often. */
const GHOST_VERTICES = 240;
const GHOST_MS = 120;
/** How far the outline of a new area may be from what was painted, CSS px. */
const TOLERANCE_CSS = 0.25;

/** What a stroke has covered so far. Of its own: a step costs as much as the stroke is long, whatever it paints on. */
export class Sweep {
  readonly #host: ToolHost;
  readonly #stroke: BrushStroke;
  readonly #avoids: boolean;
  #shape: PolygonGeometry | null = null;
  #full = false;
  #ghost: Geometry | null = null;
  #ghostAt = Number.NEGATIVE_INFINITY;

  constructor(host: ToolHost, mode: "add" | "erase", grows: Target | null) {
    this.#host = host;
    this.#avoids = mode === "add" && host.emptyOnly();
    const plane = grows?.annotation.geometry.plane ?? host.plane();
    this.#stroke = new BrushStroke(null, {
      mode: "add",
      plane,
      ...(this.#avoids && { avoid: (box) => neighboursOf(host, box, grows) }),
    });
  }

  get shape(): PolygonGeometry | null {
    return this.#shape;
  }

  get dabs(): readonly Dab[] {
    return this.#stroke.dabs;
  }

  get avoids(): boolean {
    return this.#avoids;
  }

  extend(dab: Dab): void {
    if (this.#full) return;
    try {
      this.#shape = this.#stroke.extend(dab);
    } catch (error) {
      if (!(error instanceof ShapeError)) throw error;
      // More corners than can be stored: the stroke stays as it is.
      this.#full = true;
    }
  }

  /** For colleagues: roughly. */
  ghost(): Geometry | null {
    const now = performance.now();
    if (this.#shape && now - this.#ghostAt >= GHOST_MS) {
      this.#ghostAt = now;
      this.#ghost = rough(this.#shape);
    }
    return this.#ghost;
  }

  /** As a new area is kept. */
  kept(): Geometry | null {
    if (!this.#shape) return null;
    const coarsest = Math.max(...this.dabs.map(({ radius }) => radius)) / 16;
    return simplify(this.#shape, Math.min(TOLERANCE_CSS / this.#host.zoom(), coarsest));
  }
}

/** Every so many corners. It may cross itself: it is only drawn. */
function rough({ plane, parts }: PolygonGeometry): Geometry {
  const count = parts.reduce((sum, rings) => sum + rings.reduce((s, ring) => s + ring.length / 2, 0), 0);
  const every = Math.ceil(count / GHOST_VERTICES);
  if (every <= 1) return { kind: "polygon", plane, parts };
  const thin = (ring: readonly number[]) => {
    const step = Math.max(1, Math.min(every, Math.floor(ring.length / 6)));
    return ring.filter((_, i) => (i >> 1) % step === 0);
  };
  return { kind: "polygon", plane, parts: parts.slice(0, 16).map((rings) => rings.slice(0, 16).map(thin)) };
}

/** The command of a stroke: one step of undo, and relative, so that a colleague's at the same moment counts too. */
export function finishStroke(
  host: ToolHost,
  sweep: Sweep,
  mode: "add" | "erase",
  grows: Target | null,
): void {
  const { shape, dabs } = sweep;
  if (!shape || dabs.length === 0) return;
  const box = boundsOf(shape);
  if (grows) {
    const avoid = sweep.avoids ? neighboursOf(host, box, grows) : [];
    host.apply({ brush: [{ target: grows, dabs, mode: "add", ...(avoid.length > 0 && { avoid }) }] });
    return;
  }
  if (mode === "add") {
    const geometry = sweep.kept();
    if (geometry) host.apply({ add: [{ geometry }] });
    return;
  }
  const cut = cuttable(host, box).filter(({ annotation }) => intersect(annotation.geometry, shape) !== null);
  if (cut.length > 0 && host.mayChange(cut, TOGETHER)) {
    host.apply({ brush: cut.map((target) => ({ target, dabs, mode: "erase" as const })) });
  }
}
