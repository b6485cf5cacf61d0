import type { PolygonGeometry } from "@coscope/annotations/geometry";
import { type AreaMode, finishArea, MODE_HINT, modeOf } from "../area.ts";
import { type PixelWorker, pixelWorker } from "../smart/pixel-worker.ts";
import { OUTLINE_TOLERANCE_CSS, readSeen } from "../smart/seen.ts";
import {
  CLICK_TOLERANCE_CSS,
  type Modifiers,
  type Tool,
  type ToolHost,
  type ToolPointer,
  type XY,
} from "../tool.ts";
import { draggedTo, draggedTolerance, percent, wandTolerance } from "./tolerance.ts";

interface Press {
  readonly at: XY;
  readonly screen: XY;
  readonly mode: AreaMode;
  readonly stop: AbortController;
  tolerance: number;
  dragged: boolean;
  /** The pixels are with the worker. */
  opened: boolean;
  /** Being computed, of which tolerance. */
  asked: number | null;
  shown: {
    readonly tolerance: number;
    readonly geometry: PolygonGeometry | null;
    readonly cut: boolean;
  } | null;
  /** Let go: what is computed next is taken. */
  released: boolean;
}

/**
 * Press on an area: everything connected to it that looks alike in the visible channels. Dragged to the right it
 * tolerates more, to the left less; what is shown when the button comes up is taken.
 */
export function createWandTool(host: ToolHost, worker: () => PixelWorker = pixelWorker): Tool {
  let press: Press | null = null;
  let held: Modifiers = { shift: false, alt: false, ctrl: false };

  async function open(now: Press): Promise<void> {
    try {
      const seen = await readSeen(host, now.stop.signal);
      if (press !== now) return;
      if (!seen) {
        fail(now, "No channel is shown here: the wand has nothing to look at.");
        return;
      }
      await worker().open(seen);
      now.opened = true;
      compute(now);
    } catch {
      if (press === now) fail(now, "What is here could not be read. Try again once it is shown sharply.");
    }
  }

  /** One at a time; the newest tolerance is the next. */
  function compute(now: Press): void {
    if (press !== now || !now.opened || now.asked !== null) return;
    if (now.shown?.tolerance === now.tolerance) {
      if (now.released) finish(now);
      return;
    }
    const { tolerance } = now;
    now.asked = tolerance;
    worker()
      .wand(now.at, tolerance, OUTLINE_TOLERANCE_CSS / host.zoom(), host.plane())
      .then(
        (result) => {
          if (press !== now) return;
          now.asked = null;
          now.shown = { ...result, tolerance };
          show(now);
          compute(now);
        },
        () => {
          if (press === now) fail(now, "This area has too many corners. Zoom in, or drag left for less.");
        },
      );
  }

  function show(now: Press): void {
    const geometry = now.shown?.geometry;
    const layerId = host.activeLayerId();
    host.preview(geometry && layerId !== null ? [{ geometry, layerId, classId: host.activeClassId() }] : []);
    hint();
  }

  function fail(now: Press, text: string): void {
    end(now);
    host.hint(text);
  }

  function finish(now: Press): void {
    const { shown, mode } = now;
    end(now);
    if (now.dragged) wandTolerance.set(now.tolerance);
    if (shown?.geometry) finishArea(host, shown.geometry, mode, now.at);
    if (shown?.cut) host.hint("It goes on beyond what is on screen. Zoom out to get all of it.");
    else hint();
  }

  function end(now: Press): void {
    now.stop.abort();
    draggedTo.set(null);
    press = null;
    host.preview([]);
  }

  function words(): string {
    if (press) {
      const cut = press.shown?.cut ? " · It goes on beyond the screen" : "";
      return `${MODE_HINT[press.mode]}Tolerance ${percent(press.tolerance)} · Drag right: more, left: less${cut}`;
    }
    const mode = MODE_HINT[modeOf(held)];
    return mode
      ? `${mode}Press on what looks alike`
      : "Press on an area: all that looks alike · Drag right or left: more or less · Shift: add · Alt: cut away";
  }

  function hint(): void {
    host.cursor("crosshair");
    host.hint(words());
  }

  return {
    id: "wand",
    pointer(event: ToolPointer) {
      held = event;
      if (event.type === "down") {
        if (press || !host.mayDraw()) return;
        event.capture();
        const mode = modeOf(event);
        press = {
          at: event.image,
          screen: event.screen,
          mode,
          stop: new AbortController(),
          tolerance: wandTolerance.get(),
          dragged: false,
          opened: false,
          asked: null,
          shown: null,
          released: false,
        };
        void open(press);
        hint();
      } else if (event.type === "move" && press && !press.released) {
        const dx = event.screen.x - press.screen.x;
        if (!press.dragged && Math.abs(dx) <= CLICK_TOLERANCE_CSS) return;
        press.dragged = true;
        press.tolerance = draggedTolerance(wandTolerance.get(), dx);
        draggedTo.set(press.tolerance);
        compute(press);
        hint();
      } else if (event.type === "up" && press) {
        press.released = true;
        compute(press);
      } else if (event.type === "cancel" && press) {
        end(press);
        hint();
      }
    },
    key: () => false,
    refresh(modifiers) {
      held = modifiers;
      hint();
    },
    cancel() {
      if (!press) return false;
      end(press);
      return true;
    },
    busy: () => press !== null,
  };
}
