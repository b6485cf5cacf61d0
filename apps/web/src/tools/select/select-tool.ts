import { type Geometry, translateGeometry } from "@coscope/annotations/geometry";
import { MOST_TRANSFORMED } from "../../state/selection-actions.ts";
import type {
  Handle,
  ImageBox,
  Modifiers,
  Preview,
  Target,
  Tool,
  ToolHost,
  ToolPointer,
  XY,
} from "../tool.ts";
import { boxBetween, CLICK_TOLERANCE_CSS, distanceCss } from "../tool.ts";
import { boxHandles } from "./box-handles.ts";
import { createCornerEdits } from "./corner-edits.ts";
import { dragged, type Gesture, IDLE, transformed } from "./gesture.ts";
import { groupBox, groupFrame, groupHandles } from "./group-handles.ts";
import { cursorFor, type HintState, hintFor } from "./hints.ts";
import { createPicks } from "./picked.ts";
import { storable, TOO_SMALL } from "./storable.ts";
import { touches } from "./touches.ts";
import { countVertices, vertexHandles, verticesIn } from "./vertices.ts";

/** How near the pointer must be to a handle, CSS px. */
const HANDLE_TOLERANCE_CSS = 8;
/** More than this many outlines are not drawn one by one while they are dragged. */
const MAX_PREVIEWS = 200;

interface Handles {
  readonly handles: readonly Handle[];
  /** Around what turns and grows together. */
  readonly frame: ImageBox | null;
}

const NO_HANDLES: Handles = { handles: [], frame: null };

/**
 * Click, Shift-click and marquee select; a drag moves; handles turn, resize and reshape. Ctrl+drag picks corners of
 * the one selected polygon or line, which then move, or go, together.
 */
export function createSelectTool(host: ToolHost): Tool {
  let gesture: Gesture = IDLE;
  let shown: readonly Handle[] = [];
  let hovered: Handle | null = null;
  /** Where the last click was: another one there selects what lies below. */
  let clicked: XY | null = null;
  const picks = createPicks(host.target);
  const corners = createCornerEdits(host, picks);

  function selectedTargets(): Target[] {
    return [...host.selection()].map(host.target).filter((target) => target !== null);
  }

  function onlySelected(): Target | null {
    const selection = host.selection();
    const [id] = selection;
    return selection.size === 1 && id !== undefined ? host.target(id) : null;
  }

  /** The one selected, where it has corners to be picked. */
  function cornered(): Target | null {
    const target = onlySelected();
    return target &&
      (target.annotation.geometry.kind === "polygon" || target.annotation.geometry.kind === "polyline")
      ? target
      : null;
  }

  function handleAt(image: XY): Handle | null {
    let nearest: Handle | null = null;
    const zoom = host.zoom();
    let best = HANDLE_TOLERANCE_CSS;
    for (const handle of shown) {
      const away = Math.hypot(handle.x - image.x, handle.y - image.y) * zoom;
      // A corner wins over a mid handle at the same distance.
      if (away < best || (away === best && handle.kind !== "mid")) {
        nearest = handle;
        best = away;
      }
    }
    return nearest;
  }

  function showHandles(): void {
    const still = gesture.kind === "idle" || gesture.kind === "pressed";
    const { handles, frame } = still ? handlesNow() : NO_HANDLES;
    shown = handles;
    host.handles(shown, frame);
  }

  function handlesNow(): Handles {
    const count = host.selection().size;
    if (count === 0 || count > MOST_TRANSFORMED) return NO_HANDLES;
    const zoom = host.zoom();
    const targets = selectedTargets();
    const [target] = targets;
    // What tools leave alone has nothing to take hold of.
    if (targets.every(({ annotation }) => annotation.locked)) return NO_HANDLES;
    const box = groupBox(targets);
    const around = box ? groupHandles(box, zoom) : [];
    const frame = box && groupFrame(box, zoom);
    if (!target || targets.length > 1) return { handles: around, frame };
    const { geometry } = target.annotation;
    const own = boxHandles(geometry, zoom) ?? vertexHandles(geometry, host.visible(), zoom, picks.keys);
    return { handles: [...own, ...around], frame };
  }

  function reset(): boolean {
    const was = gesture.kind !== "idle";
    gesture = IDLE;
    host.marquee(null);
    host.preview([]);
    return was;
  }

  function press(event: ToolPointer): void {
    event.capture();
    const handle = event.ctrl ? null : handleAt(event.image);
    if (!handle) {
      gesture = { kind: "pressed", at: event, hits: host.hits(event.image, CLICK_TOLERANCE_CSS) };
      return;
    }
    const targets = selectedTargets();
    const [target] = targets;
    if (!target || !host.mayChange(targets)) return;
    const box = handle.id.startsWith("s") || handle.id === "t" ? groupBox(targets) : null;
    gesture = box
      ? { kind: "transform", from: event, handle, targets, box, moved: false }
      : { kind: "handle", from: event, handle, target, moved: false };
  }

  function drag(event: ToolPointer): void {
    if (gesture.kind === "pressed") {
      if (distanceCss(gesture.at.screen, event.screen) <= CLICK_TOLERANCE_CSS) return;
      startDrag(gesture.at, gesture.hits);
    }
    switch (gesture.kind) {
      case "marquee":
        gesture.touching = event.screen.x < gesture.from.screen.x;
        host.marquee(boxBetween(gesture.from.image, event.image));
        break;
      case "corners":
        host.marquee(boxBetween(gesture.from, event.image));
        break;
      case "move": {
        let dx = event.image.x - gesture.from.x;
        let dy = event.image.y - gesture.from.y;
        if (event.shift && Math.abs(dx) > Math.abs(dy)) dy = 0;
        else if (event.shift) dx = 0;
        gesture.dx = dx;
        gesture.dy = dy;
        preview(gesture.targets, (geometry) => translateGeometry(geometry, dx, dy));
        break;
      }
      case "handle":
      case "transform": {
        if (!gesture.moved && distanceCss(gesture.from.screen, event.screen) <= CLICK_TOLERANCE_CSS) return;
        gesture.moved = true;
        const { kind } = gesture;
        if (kind === "handle") preview([gesture.target], dragged(gesture, event, picks.keys));
        else preview(gesture.targets, transformed(gesture, event));
      }
    }
  }

  function preview(targets: readonly Target[], change: (g: Geometry) => Geometry): void {
    host.preview(
      targets.slice(0, MAX_PREVIEWS).map(
        ({ layerId, annotation }): Preview => ({
          geometry: change(annotation.geometry),
          layerId,
          classId: annotation.classId,
          id: annotation.id,
        }),
      ),
    );
  }

  function startDrag(at: ToolPointer, hits: readonly Target[]): void {
    const target = at.ctrl ? cornered() : null;
    if (target) {
      gesture = { kind: "corners", from: at.image, keep: at.shift ? picks.keys : new Set(), target };
      return;
    }
    const selection = host.selection();
    const hit = hits.find(({ annotation }) => selection.has(annotation.id)) ?? hits[0];
    if (!hit || at.ctrl) {
      gesture = { kind: "marquee", from: at, keep: at.shift ? selection : new Set(), touching: false };
      return;
    }
    if (!selection.has(hit.annotation.id)) host.select([hit.annotation.id]);
    const targets = selectedTargets();
    gesture = host.mayChange(targets) ? { kind: "move", from: at.image, targets, dx: 0, dy: 0 } : IDLE;
    showHandles();
  }

  function release(event: ToolPointer): void {
    drag(event);
    const ended = gesture;
    reset();
    switch (ended.kind) {
      case "pressed":
        click(ended.at, ended.hits);
        break;
      case "marquee": {
        const box = boxBetween(ended.from.image, event.image);
        const found = ended.touching
          ? host.within(box).filter(({ annotation }) => touches(annotation.geometry, box))
          : host.inside(box);
        host.select([...new Set([...ended.keep, ...found.map(({ annotation }) => annotation.id)])]);
        break;
      }
      case "corners": {
        const { annotation } = ended.target;
        const found = verticesIn(annotation.geometry, boxBetween(ended.from, event.image));
        picks.set(annotation.id, [...ended.keep, ...found]);
        break;
      }
      case "move":
        if (ended.dx !== 0 || ended.dy !== 0) {
          picks.during(() => host.move(ended.targets, ended.dx, ended.dy));
        }
        break;
      case "transform": {
        if (!ended.moved) break;
        const make = transformed(ended, event);
        reshape(ended.targets, storable(ended.targets.map(({ annotation }) => make(annotation.geometry))));
        break;
      }
      case "handle":
        corners.releaseHandle(ended, event);
    }
  }

  function reshape(targets: readonly Target[], shapes: ReturnType<typeof storable>): void {
    if (shapes instanceof Promise) {
      shapes.then(
        (mended) => reshape(targets, mended),
        () => host.say("This part of the page could not be loaded. Nothing was changed."),
      );
    } else if (!shapes) host.say(TOO_SMALL);
    else {
      const change = targets.map((target, i) => ({ target, geometry: shapes[i]! }));
      picks.during(() => host.apply({ reshape: change }));
    }
  }

  function click(at: ToolPointer, hits: readonly Target[]): void {
    const selection = host.selection();
    const again = clicked !== null && distanceCss(clicked, at.screen) <= CLICK_TOLERANCE_CSS;
    clicked = at.screen;
    picks.clear();
    const [top] = hits;
    if (!top) {
      if (!at.shift) host.select([]);
      return;
    }
    const { id } = top.annotation;
    if (!at.shift) {
      const below = hits.findIndex(({ annotation }) => selection.has(annotation.id)) + 1;
      host.select([again && selection.size === 1 ? hits[below % hits.length]!.annotation.id : id]);
    } else if (selection.has(id)) host.select([...selection].filter((other) => other !== id));
    else host.select([...selection, id]);
  }

  function insertAt(event: ToolPointer): void {
    const target = cornered();
    if (target && !handleAt(event.image)) corners.insertAt(target, event);
  }

  function stateNow(): HintState {
    return {
      gesture: gesture.kind,
      handle: gesture.kind === "handle" || gesture.kind === "transform" ? gesture.handle : hovered,
      picked: picks.keys.size,
      selected: host.selection().size,
      corners: cornered() !== null,
      locked: onlySelected()?.annotation.locked ?? false,
      touching: gesture.kind === "marquee" && gesture.touching,
    };
  }

  function tell(modifiers: Modifiers): void {
    const state = stateNow();
    host.cursor(cursorFor(state));
    host.hint(hintFor(state, modifiers));
  }

  function refresh(modifiers: Modifiers): void {
    picks.check(onlySelected());
    showHandles();
    tell(modifiers);
  }

  return {
    id: "select",
    pointer(event) {
      if (event.type === "down") press(event);
      else if (event.type === "move") drag(event);
      else if (event.type === "up") release(event);
      else if (event.type === "cancel") reset();
      else if (event.type === "double") insertAt(event);
      hovered = event.type === "leave" || gesture.kind !== "idle" ? null : handleAt(event.image);
      // Hovering is frequent, and so are moves: the handles themselves stay.
      if (event.type === "hover" || event.type === "move") tell(event);
      else refresh(event);
    },
    key(key, modifiers) {
      const target = onlySelected();
      const keys = new Set([...picks.keys].filter((picked) => picked.startsWith("v.")));
      if ((key !== "Delete" && key !== "Backspace") || keys.size === 0 || !target) return false;
      // All of them: that is the annotation itself.
      if (keys.size === countVertices(target.annotation.geometry)) return false;
      if (host.mayChange([target])) corners.remove(target, keys);
      refresh(modifiers);
      return true;
    },
    nudge(dx, dy) {
      const target = onlySelected();
      if (picks.keys.size === 0 || !target || gesture.kind !== "idle") return false;
      if (host.mayChange([target])) corners.nudge(target, dx, dy);
      return true;
    },
    refresh,
    cancel() {
      if (reset()) return true;
      return picks.clear();
    },
    busy: () => gesture.kind !== "idle" && gesture.kind !== "pressed",
  };
}
