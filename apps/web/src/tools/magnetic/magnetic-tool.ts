import type { Ring } from "@coscope/annotations/geometry";
import { type AreaMode, finishArea, MODE_HINT, modeOf } from "../area.ts";
import { type PixelWorker, pixelWorker } from "../smart/pixel-worker.ts";
import { OUTLINE_TOLERANCE_CSS, readSeen } from "../smart/seen.ts";
import {
  CLICK_TOLERANCE_CSS,
  distanceCss,
  type Modifiers,
  type Tool,
  type ToolHost,
  type XY,
} from "../tool.ts";

/** A place clicked, and the way to it from the one before (image px, both ends included). */
interface Anchor {
  readonly at: XY;
  readonly path: Ring;
}

interface Outline {
  readonly mode: AreaMode;
  readonly stop: AbortController;
  readonly anchors: Anchor[];
  /** From the last anchor to the pointer. */
  live: Ring;
  pointer: XY;
  /** The pixels that the worker has are not those on screen any more. */
  stale: boolean;
  following: boolean;
}

/**
 * Click along the edge of an area: between the clicks the line snaps to the edges in the visible channels. Work is
 * done in turn: a click waits for the way to it, so that clicking fast gives the same outline.
 */
export function createMagneticTool(host: ToolHost, worker: () => PixelWorker = pixelWorker): Tool {
  let outline: Outline | null = null;
  let held: Modifiers = { shift: false, alt: false, ctrl: false };
  let down: XY | null = null;
  let turn: Promise<void> = Promise.resolve();
  let shownAt = "";

  function inTurn(now: Outline, job: () => Promise<void>): void {
    turn = turn.then(async () => {
      if (outline !== now) return;
      try {
        await job();
      } catch {
        now.stale = true;
        if (outline === now)
          host.hint("The edges here could not be read. Click again once it is shown sharply.");
      }
    });
  }

  /** The way along edges; straight where there is none, or it is wanted so. */
  async function way(now: Outline, to: XY, straight: boolean): Promise<Ring> {
    const from = now.anchors.at(-1)!.at;
    const line = [from.x, from.y, to.x, to.y];
    if (straight) return line;
    if (now.stale) {
      now.stale = false;
      const also = { minX: from.x, minY: from.y, maxX: from.x, maxY: from.y };
      const seen = await readSeen(host, now.stop.signal, also);
      // Looked at again with the next click: a channel may be shown by then.
      if (!seen) now.stale = true;
      if (!seen || outline !== now) return line;
      await worker().open(seen);
    }
    return (await worker().path(from, to)) ?? line;
  }

  /** The newest place of the pointer, one at a time. */
  function follow(now: Outline): void {
    if (now.following) return;
    now.following = true;
    inTurn(now, async () => {
      now.following = false;
      const { pointer } = now;
      const live = await way(now, pointer, held.ctrl);
      if (outline !== now) return;
      now.live = live;
      show(now);
      if (now.pointer !== pointer) follow(now);
    });
  }

  function ringOf(now: Outline, end: Ring): number[] {
    const ring: number[] = [];
    for (const { path } of now.anchors) ring.push(...path.slice(0, -2));
    ring.push(...end);
    return ring;
  }

  function show(now: Outline): void {
    const layerId = host.activeLayerId();
    const points = ringOf(now, now.live);
    host.preview(
      layerId !== null && points.length >= 4
        ? [
            {
              geometry: { kind: "polyline", plane: host.plane(), points },
              layerId,
              classId: host.activeClassId(),
            },
          ]
        : [],
    );
    host.handles(now.anchors.map(({ at }, i) => ({ id: `anchor-${i}`, x: at.x, y: at.y, kind: "vertex" })));
  }

  function anchor(now: Outline, at: XY, straight: boolean): void {
    inTurn(now, async () => {
      const path = await way(now, at, straight);
      if (outline !== now) return;
      now.anchors.push({ at, path });
      now.live = [at.x, at.y];
      show(now);
      hint();
    });
  }

  function close(now: Outline): void {
    inTurn(now, async () => {
      const [first] = now.anchors;
      if (now.anchors.length < 2) {
        host.hint("At least two places are needed. Click along the edge.");
        return;
      }
      const back = await way(now, first!.at, false);
      if (outline !== now) return;
      const ring = ringOf(now, back.slice(0, -2));
      const geometry = await worker().outline(ring, OUTLINE_TOLERANCE_CSS / host.zoom(), host.plane());
      if (outline !== now) return;
      end(now);
      if (geometry) finishArea(host, geometry, now.mode, now.anchors[0]!.at);
      hint();
    });
  }

  function end(now: Outline): void {
    now.stop.abort();
    outline = null;
    host.preview([]);
    host.handles([]);
  }

  function begin(at: XY, modifiers: Modifiers): void {
    if (!host.mayDraw()) return;
    outline = {
      mode: modeOf(modifiers),
      stop: new AbortController(),
      anchors: [{ at, path: [at.x, at.y] }],
      live: [at.x, at.y],
      pointer: at,
      stale: true,
      following: false,
    };
    show(outline);
    hint();
  }

  function click(now: Outline, at: XY, screen: XY, straight: boolean): void {
    const { anchors } = now;
    const near = (anchor: Anchor, reach: number) => distanceCss(host.toScreen(anchor.at), screen) <= reach;
    if (anchors.length > 1 && near(anchors[0]!, 2 * CLICK_TOLERANCE_CSS)) close(now);
    // The second press of a double-click adds nothing.
    else if (!near(anchors.at(-1)!, CLICK_TOLERANCE_CSS)) anchor(now, at, straight);
  }

  function words(): string {
    if (outline) {
      const straight = held.ctrl
        ? "Click: straight to here"
        : "Click: keep the line to here · Ctrl: straight";
      return `${MODE_HINT[outline.mode]}${straight} · Backspace: take back · Double-click or Enter: close`;
    }
    const mode = MODE_HINT[modeOf(held)];
    return mode
      ? `${mode}Click along an edge`
      : "Click on an edge: the outline follows it · Shift: add · Alt: cut away";
  }

  function hint(): void {
    host.cursor("crosshair");
    host.hint(words());
  }

  return {
    id: "magnetic",
    pointer(event) {
      held = event;
      switch (event.type) {
        case "down":
          event.capture();
          down = event.screen;
          break;
        case "up":
          if (down && distanceCss(down, event.screen) <= 2 * CLICK_TOLERANCE_CSS) {
            if (outline) click(outline, event.image, event.screen, event.ctrl);
            else begin(event.image, event);
          }
          down = null;
          break;
        case "cancel":
          down = null;
          break;
        case "double":
          if (outline) close(outline);
          break;
        case "move":
        case "hover":
          if (!outline) break;
          outline.pointer = event.image;
          follow(outline);
      }
    },
    key(key) {
      if (!outline) return false;
      const now = outline;
      if (key === "Enter") close(now);
      else if (key === "Backspace" || key === "Delete") {
        inTurn(now, async () => {
          now.anchors.pop();
          if (now.anchors.length === 0) return end(now);
          const last = now.anchors.at(-1)!.at;
          now.live = [last.x, last.y];
          show(now);
          follow(now);
        });
      } else return false;
      return true;
    },
    refresh(modifiers) {
      held = modifiers;
      const at = `${host.zoom()} ${Object.values(host.visible()).join()} ${Object.values(host.plane()).join()}`;
      if (at !== shownAt && outline) outline.stale = true;
      shownAt = at;
      if (outline) show(outline);
      hint();
    },
    cancel() {
      if (!outline) return false;
      end(outline);
      return true;
    },
    busy: () => outline !== null,
  };
}
