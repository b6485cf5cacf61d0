import { boundsOf, isArea } from "@coscope/annotations/geometry";
import type { ToolId } from "../../state/workspace.ts";
import { cuttable, selectedAreas } from "../area.ts";
import type { Modifiers, Target, Tool, ToolHost, ToolPointer, TrailPoint, XY } from "../tool.ts";
import { CLICK_TOLERANCE_CSS } from "../tool.ts";
import { finishStroke, Sweep, TOGETHER } from "./sweep.ts";

/** A brush smaller than this on screen, CSS px, is aimed with a cross. */
const CROSS_BELOW_CSS = 10;
/** A pen that barely touches still paints this share of the size. */
const LIGHTEST = 0.2;
/** Places nearer to each other than this are one: CSS px, and as a share of the radius. */
const STEP_CSS = 1;
const STEP_SHARE = 0.12;

interface Stroke {
  readonly mode: "add" | "erase";
  readonly sweep: Sweep;
  /** The area that grows; those that are cut are found on the way. */
  readonly grows: Target | null;
  /** Of the places that are not painted yet. */
  pending: TrailPoint[];
  last: TrailPoint;
}

/**
 * Brush and eraser. Painting from inside an area of the same class, or from the selected one, makes it larger;
 * elsewhere it makes a new one. Alt erases; Shift adds to the selected or touched area whatever its class; Ctrl always
 * makes a new area. The size is in px of the screen.
 */
export function createBrushTool(host: ToolHost, id: Extract<ToolId, "brush" | "eraser"> = "brush"): Tool {
  let stroke: Stroke | null = null;
  let at: XY | null = null;
  let takeBack: (() => void) | null = null;

  const radiusOf = (pressure = 1): number =>
    (host.brushSize() / 2 / host.zoom()) * (LIGHTEST + (1 - LIGHTEST) * pressure);

  function begin(event: ToolPointer): Stroke | null {
    const erases = id === "eraser" || event.alt;
    const first: TrailPoint = { image: event.image, screen: event.screen, ...pressed(event) };
    const mode = erases ? "erase" : "add";
    const grows = erases ? null : growingFrom(event);
    if (grows ? !host.mayChange([grows], TOGETHER) : !host.mayDraw()) return null;
    return { mode, grows, sweep: new Sweep(host, mode, grows), pending: [first], last: first };
  }

  /** The area that a stroke from here makes larger; null: it makes a new one. */
  function growingFrom(event: ToolPointer): Target | null {
    if (event.ctrl) return null;
    const touched = host
      .hits(event.image, CLICK_TOLERANCE_CSS)
      .filter(({ annotation }) => isArea(annotation.geometry));
    const selected = selectedAreas(host);
    const chosen = touched.find(({ annotation }) => host.selection().has(annotation.id));
    if (chosen) return chosen;
    if (event.shift) return selected.length === 1 ? selected[0]! : (touched[0] ?? null);
    const [classId, layerId] = [host.activeClassId(), host.activeLayerId()];
    const isMeant = ({ annotation, ...one }: Target) =>
      one.layerId === layerId && annotation.classId === classId && !annotation.locked;
    return touched.find(isMeant) ?? null;
  }

  function goTo(point: TrailPoint): void {
    if (!stroke) return;
    const step = Math.max(STEP_CSS, STEP_SHARE * radiusOf(point.pressure) * host.zoom());
    const { screen } = stroke.last;
    if (Math.hypot(point.screen.x - screen.x, point.screen.y - screen.y) < step) return;
    stroke.pending.push(point);
    stroke.last = point;
  }

  function paint(): void {
    takeBack = null;
    if (!stroke) return;
    for (const { image, pressure } of stroke.pending) {
      stroke.sweep.extend({ x: image.x, y: image.y, radius: Math.max(0.25, radiusOf(pressure)) });
    }
    stroke.pending = [];
    show();
  }

  function show(): void {
    if (!stroke) return;
    const { sweep, mode, grows } = stroke;
    const shape = sweep.shape;
    const targets = grows ? [grows] : mode === "erase" && shape ? cuttable(host, boundsOf(shape)) : [];
    const layerId = targets[0]?.layerId ?? host.activeLayerId();
    if (!layerId) return;
    const classId = targets[0] ? targets[0].annotation.classId : host.activeClassId();
    host.stroke({ targets, swept: shape, ghost: sweep.ghost(), mode, layerId, classId });
  }

  function end(): boolean {
    takeBack?.();
    takeBack = null;
    if (!stroke) return false;
    stroke = null;
    host.stroke(null);
    return true;
  }

  function release(): void {
    if (!stroke) return;
    paint();
    const { sweep, mode, grows } = stroke;
    takeBack?.();
    takeBack = null;
    stroke = null;
    // What the stroke made is there before its preview goes: nothing flickers.
    finishStroke(host, sweep, mode, grows);
    host.stroke(null);
  }

  function circle(modifiers: Modifiers, pressure?: number): void {
    const erases = stroke ? stroke.mode === "erase" : id === "eraser" || modifiers.alt;
    const radius = radiusOf(pressure) * host.zoom();
    host.brushCircle(at && { at, radius, erases });
    host.cursor(host.brushSize() < CROSS_BELOW_CSS ? "crosshair" : "none");
  }

  function refresh(modifiers: Modifiers): void {
    host.handles([]);
    circle(modifiers);
    host.hint(hintOf(modifiers));
  }

  function hintOf({ shift, alt, ctrl }: Modifiers): string {
    const size = "[ ] or Shift+wheel: size";
    if (stroke) return `Release to keep the stroke · Esc: discard`;
    if (id === "eraser" || alt) return `Drag to erase from what is selected, or from all · ${size}`;
    if (shift) return "Drag to add to the selected or touched area";
    if (ctrl) return "Drag to paint a new area";
    return `Drag to paint; from inside an area: extend it · Alt: erase · Shift: add · Ctrl: new area · ${size}`;
  }

  return {
    id,
    pointer(event) {
      if (event.type === "double") return;
      at = event.type === "leave" || event.type === "cancel" ? null : event.screen;
      switch (event.type) {
        case "down":
          event.capture();
          stroke = begin(event);
          if (stroke) takeBack ??= host.nextFrame(paint);
          break;
        case "move":
          if (!stroke) break;
          for (const point of event.trail?.() ?? [{ ...event, ...pressed(event) }]) goTo(point);
          if (stroke.pending.length > 0) takeBack ??= host.nextFrame(paint);
          circle(event, event.pressure);
          return;
        case "up":
          if (stroke) goTo({ image: event.image, screen: event.screen, pressure: stroke.last.pressure ?? 1 });
          release();
          break;
        case "cancel":
          end();
          break;
        case "hover":
          circle(event);
          return;
      }
      refresh(event);
    },
    key: () => false,
    refresh,
    cancel() {
      at = null;
      host.brushCircle(null);
      return end();
    },
    busy: () => stroke !== null,
  };
}

function pressed({ pressure }: ToolPointer): { readonly pressure?: number } {
  return pressure === undefined ? {} : { pressure };
}
