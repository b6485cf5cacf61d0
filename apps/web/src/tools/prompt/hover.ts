import { containsPoint, imagePoint } from "@coscope/annotations/geometry";
import type { Candidate } from "../../masks/protocol.ts";
import type { XY } from "../tool.ts";
import { polygon } from "./keep.ts";
import type { OutliningHost } from "./outlining-host.ts";

/** A pointer that stays this long wants the region under it. */
const DWELL_MS = 180;
const ANY_PLANE = { z: "all", t: "all" } as const;

export interface Hover {
  /** The pointer is there now; null: nowhere that a preview would help. */
  at(point: XY | null): void;
  /** The button went down there: what is shown stays, if it is what was pressed. */
  hold(point: XY): void;
  /** What would be outlined there. */
  readonly shown: Candidate | null;
  /** Reads the regions round these places ahead. */
  ahead(points: readonly XY[], purpose: "hover" | "prefetch"): void;
}

/** Previews under the pointer, one at a time and only from regions at hand; where it rests, they are read ahead. */
export function createHover(
  host: OutliningHost,
  ready: () => Promise<unknown>,
  tolerancePx: () => number,
  onChange: () => void,
): Hover {
  let wanted: XY | null = null;
  let shown: Candidate | null = null;
  let running = false;
  let dwell: ReturnType<typeof setTimeout> | undefined;

  function show(next: Candidate | null): void {
    if (next === shown) return;
    shown = next;
    onChange();
  }

  async function run(): Promise<void> {
    if (running) return;
    running = true;
    try {
      await ready();
      for (let at = wanted; at; ) {
        const found = await host.client().call("hover", { ...at, tolerancePx: tolerancePx() });
        // Moved on meanwhile: what is under the pointer now is asked for at once.
        if (wanted) show(found && found.parts.length > 0 ? found : null);
        if (wanted === at) break;
        at = wanted;
      }
    } catch {
      // A preview is a courtesy: the click says what is wrong.
    } finally {
      running = false;
    }
  }

  async function ahead(points: readonly XY[], purpose: "hover" | "prefetch"): Promise<void> {
    try {
      await ready();
      await host.client().call("prefetch", { points, tolerancePx: tolerancePx(), purpose });
      if (wanted) void run();
    } catch {
      // As above.
    }
  }

  return {
    at(point) {
      wanted = point;
      clearTimeout(dwell);
      if (!point) return show(null);
      void run();
      dwell = setTimeout(() => void ahead([point], "hover"), DWELL_MS);
    },
    hold({ x, y }) {
      wanted = null;
      clearTimeout(dwell);
      const pressed = shown && containsPoint(polygon(shown.parts, ANY_PLANE), imagePoint(x, y));
      if (!pressed) show(null);
    },
    get shown() {
      return shown;
    },
    ahead: (points, purpose) => void ahead(points, purpose),
  };
}
