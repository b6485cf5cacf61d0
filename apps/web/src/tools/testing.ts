import type { AnnotationSnapshot, ClassId } from "@coscope/annotations";
import {
  boundsOf,
  containsPoint,
  distanceToOutline,
  type Geometry,
  imagePoint,
} from "@coscope/annotations/geometry";
import type {
  BrushCircle,
  Handle,
  ImageBox,
  Measured,
  Preview,
  StrokePreview,
  Target,
  ToolHost,
  ToolPointer,
  XY,
} from "./tool.ts";

/** For tests: a host that keeps annotations in a list and records what tools ask for. */
export interface RecordingHost extends ToolHost {
  readonly annotations: Map<string, Target>;
  readonly log: unknown[];
  previews: readonly Preview[];
  shownHandles: readonly Handle[];
  frame: ImageBox | null;
  box: ImageBox | null;
  measured: Measured | null;
  shownStroke: StrokePreview | null;
  circle: BrushCircle | null;
  brush: { size: number; emptyOnly: boolean };
  hintText: string;
  view: { zoom: number; x: number; y: number };
  put(id: string, geometry: Geometry, classId?: ClassId | null): void;
}

export function recordingHost(): RecordingHost {
  const annotations = new Map<string, Target>();
  let selection: ReadonlySet<string> = new Set();
  const host: RecordingHost = {
    annotations,
    log: [],
    measured: null,
    shownStroke: null,
    circle: null,
    brush: { size: 20, emptyOnly: false },
    previews: [],
    shownHandles: [],
    frame: null,
    box: null,
    hintText: "",
    view: { zoom: 1, x: 0, y: 0 },
    put(id, geometry, classId = null) {
      annotations.set(id, { layerId: "layer", annotation: snapshot(id, geometry, classId) });
    },
    zoom: () => host.view.zoom,
    plane: () => ({ z: 0, t: 0 }),
    toScreen: ({ x, y }) => ({
      x: (x - host.view.x) * host.view.zoom,
      y: (y - host.view.y) * host.view.zoom,
    }),
    readView: async () => null,
    visible: () => {
      const { x, y, zoom } = host.view;
      return { minX: x, minY: y, maxX: x + 1000 / zoom, maxY: y + 1000 / zoom };
    },
    hits: (at, toleranceCss) =>
      [...annotations.values()].reverse().filter(({ annotation: { geometry } }) => {
        const point = imagePoint(at.x, at.y);
        return (
          containsPoint(geometry, point) ||
          distanceToOutline(geometry, point) <= toleranceCss / host.view.zoom
        );
      }),
    inside: (box) =>
      [...annotations.values()].filter(({ annotation: { bounds } }) => {
        return (
          bounds.minX >= box.minX &&
          bounds.minY >= box.minY &&
          bounds.maxX <= box.maxX &&
          bounds.maxY <= box.maxY
        );
      }),
    within: (box) =>
      [...annotations.values()].filter(({ annotation: { bounds } }) => {
        return (
          bounds.minX <= box.maxX &&
          bounds.maxX >= box.minX &&
          bounds.minY <= box.maxY &&
          bounds.maxY >= box.minY
        );
      }),
    target: (id) => annotations.get(id) ?? null,
    selection: () => selection,
    select(ids) {
      selection = new Set(ids);
    },
    mayDraw: () => true,
    mayChange: () => true,
    activeLayerId: () => "layer",
    activeClassId: () => "class",
    add: (geometry) => void host.log.push(["add", geometry]),
    reshape: (target, geometry) => void host.log.push(["reshape", target.annotation.id, geometry]),
    apply(change) {
      host.log.push(["apply", change]);
      return (change.add ?? []).map((_, index) => `new${index}`);
    },
    move: (targets, dx, dy) => void host.log.push(["move", targets.map((t) => t.annotation.id), dx, dy]),
    preview(items) {
      host.previews = items;
    },
    stroke(stroke) {
      host.shownStroke = stroke;
    },
    brushCircle(circle) {
      host.circle = circle;
    },
    brushSize: () => host.brush.size,
    emptyOnly: () => host.brush.emptyOnly,
    nextFrame(callback) {
      callback();
      return () => {};
    },
    lengthText: (points) =>
      `${Math.round(points.slice(1).reduce((sum, p, i) => sum + Math.hypot(p.x - points[i]!.x, p.y - points[i]!.y), 0))} px`,
    marquee(box) {
      host.box = box;
    },
    measure(line) {
      host.measured = line;
    },
    handles(handles, frame = null) {
      host.shownHandles = handles;
      host.frame = frame;
    },
    say: (text) => void host.log.push(["say", text]),
    outlining() {
      throw new Error("this host has no page to outline on");
    },
    cursor: () => {},
    hint(text) {
      host.hintText = text;
    },
  };
  return host;
}

function snapshot(id: string, geometry: Geometry, classId: ClassId | null): AnnotationSnapshot {
  const none = "0000000000000000";
  return {
    id,
    geometry,
    bounds: boundsOf(geometry),
    classId,
    label: "",
    author: "somebody",
    created: 0,
    stamps: { geometry: none, class: none, label: none, removed: none },
  } as AnnotationSnapshot;
}

type Held = Partial<Pick<ToolPointer, "shift" | "alt" | "ctrl">>;

/** Sends pointer events at image positions, as the viewer would. */
export function pointerFor(host: ToolHost, send: (event: ToolPointer) => void) {
  function event(type: ToolPointer["type"], image: XY, held: Held = {}): void {
    send({
      type,
      image,
      screen: host.toScreen(image),
      shift: false,
      alt: false,
      ctrl: false,
      capture: () => {},
      ...held,
    });
  }
  const at = (x: number, y: number): XY => ({ x, y });
  return {
    event,
    hover: (x: number, y: number, held?: Held) => event("hover", at(x, y), held),
    click(x: number, y: number, held?: Held) {
      event("down", at(x, y), held);
      event("up", at(x, y), held);
    },
    doubleClick(x: number, y: number, held?: Held) {
      this.click(x, y, held);
      this.click(x, y, held);
      event("double", at(x, y), held);
    },
    drag(from: readonly [number, number], to: readonly [number, number], held?: Held) {
      event("down", at(...from), held);
      event("move", at((from[0] + to[0]) / 2, (from[1] + to[1]) / 2), held);
      event("move", at(...to), held);
      event("up", at(...to), held);
    },
  };
}
