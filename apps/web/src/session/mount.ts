import { type AnnotationId, screenPoint } from "@coscope/annotations";
import type { PeerState, SharedView } from "@coscope/annotations/presence";
import {
  createMinimap,
  createScaleBar,
  createViewer,
  type OtherView,
  type PointerInfo,
  type Viewer,
} from "@coscope/viewer";
import { hasSize } from "../state/brush.ts";
import type { WorkspaceActions } from "../state/workspace.ts";
import { createBrushCursor } from "./brush-cursor.ts";
import { createCanvasTools } from "./canvas-control.ts";
import type { Engine } from "./engine.ts";
import { WENT_NOTICE } from "./go-along.ts";
import { describeOpenError, describeTileError } from "./open-errors.ts";
import { createOutlining } from "./outlining.ts";
import { createPointerReadout } from "./pointer-readout.ts";
import { createRemoteCursors, parseColor } from "./remote-cursors.ts";
import { createSceneSync } from "./scene-sync.ts";
import { createToolHost } from "./tool-host.ts";

/** Everything that exists only while the canvas is on screen: viewer, drawing, tools, cursors. */
export function mountCanvas(
  engine: Engine,
  actions: WorkspaceActions,
  element: HTMLElement,
  minimapElement?: HTMLElement,
  scaleBarElement?: HTMLElement,
): () => void {
  let viewer: Viewer;
  try {
    viewer = createViewer(element);
  } catch (error) {
    engine.stores.openState.set(describeOpenError(error, engine.stores.image.get().url));
    return () => {};
  }
  const { stores, layers, hub, people, follow, notices } = engine;
  const stops: (() => void)[] = [];
  engine.viewer = viewer;
  engine.labels.mounted(viewer);
  engine.size = () => ({ width: element.clientWidth, height: element.clientHeight });

  const scene = createSceneSync(viewer, layers, stores.classes, stores.paint);
  const cursors = createRemoteCursors({
    viewer: () => viewer,
    peers: () => hub.peers.get().values(),
    isIdle: people.cursorIdle,
    followed: follow.following.get,
    classOf: engine.classOf,
    isLayerHidden: layers.isHidden,
  });
  const brushCursor = createBrushCursor(element);
  const colorOf = (classId: string | null) =>
    parseColor(engine.classOf(classId)?.color ?? stores.user.get().color);
  const outlining = createOutlining(engine, viewer, colorOf);
  const host = createToolHost({
    viewer,
    element,
    scene,
    layers,
    edits: engine.edits,
    people,
    notices,
    plane: stores.plane.get,
    selection: stores.selection,
    hint: stores.hint,
    ruler: stores.ruler,
    brushSize: stores.brushSize,
    emptyOnly: stores.emptyOnly,
    brushCursor,
    outlining: () => outlining,
    userId: () => stores.user.get().id,
    activeClassId: stores.activeClassId.get,
    colorOf,
    areHidden: () => stores.style.get().hidden,
    showAnnotations: () => actions.setStyle({ hidden: false }),
    tell: hub.update,
    announce: engine.announce,
  });
  const tools = createCanvasTools(
    {
      viewer,
      element,
      host,
      pan(dx, dy, how) {
        if (how === "gliding") return actions.panBy(dx, dy);
        follow.stop();
        const { width, height } = engine.size();
        const centre = viewer.screenToImage(screenPoint(width / 2 + dx, height / 2 + dy));
        viewer.setCamera({ ...viewer.camera(), cx: centre.x, cy: centre.y });
      },
      onGesture: () => {
        if (!tools.busy()) follow.refresh();
      },
      letGo() {
        if (follow.following.get() !== null) follow.stop();
        else if (notices.store.get().some(({ id }) => id === WENT_NOTICE)) notices.dismiss(WENT_NOTICE);
        else stores.selection.set(new Set());
      },
      removeSelection: () => actions.removeSelection(),
      nudge(dx, dy) {
        const px = NUDGE_CSS / viewer.camera().zoom;
        const targets = engine.selectionTargets();
        if (targets.length === 0 || !host.mayChange(targets)) return;
        host.move(targets, dx * px, dy * px);
      },
      announce: engine.announce,
    },
    stores.tool.get(),
  );
  engine.tools = tools;
  engine.mayChange = host.mayChange;
  engine.mayDraw = host.mayDraw;

  function publishView(): void {
    if (stores.openState.get().kind !== "ready") return;
    const broadcasting = stores.broadcasting.get();
    hub.update({ view: broadcasting ? viewNow() : null, broadcasting });
  }

  function viewNow(): SharedView {
    const { cx, cy, zoom, rotation, flip = false } = viewer.camera();
    const { width, height } = engine.size();
    const { z, t, projection = null } = stores.plane.get();
    const channels = stores.channels.get();
    return { cx, cy, zoom, rotation, flip, width, height, z, t, projection, channels };
  }

  let viewsShown: readonly (SharedView | null)[] = [];

  /** Peers change with every cursor; the map is drawn anew only when somebody looks elsewhere. */
  function showOtherViews(): void {
    const peers = [...hub.peers.get().values()];
    const views = peers.map(({ view }) => view);
    if (views.length === viewsShown.length && views.every((view, i) => view === viewsShown[i])) return;
    viewsShown = views;
    minimap?.setOthers(otherViews(peers));
  }

  const pointer = createPointerReadout(viewer, stores.pointer.set, engine.labels.store);

  function onPointer(info: PointerInfo): void {
    tools.pointer(info);
    if (info.type === "leave") {
      hub.update({ cursor: null });
      pointer.leave();
      return;
    }
    const { x, y } = info.image;
    hub.update({ cursor: { x, y, tool: stores.tool.get(), pressed: info.buttons !== 0 } });
    pointer.at(x, y);
  }

  async function openSource(): Promise<void> {
    const source = stores.source.get();
    if (!source) return;
    const { camera, plane, channels } = engine.link.wanted(source);
    try {
      await viewer.open(source, { ...(camera && { camera }), ...(channels && { channels }), plane });
    } catch (error) {
      if (engine.viewer === viewer) stores.openState.set(describeOpenError(error, stores.image.get().url));
      return;
    }
    if (engine.viewer !== viewer) return;
    stores.channels.set(viewer.channels());
    stores.camera.set(viewer.camera());
    stores.openState.set({ kind: "ready" });
    publishView();
    tools.refresh();
    engine.link.opened();
  }

  const inView = () => viewer.annotations.setSelected(stores.selection.get() as ReadonlySet<AnnotationId>);
  const styled = () => {
    const { hidden, fill, opacity } = stores.style.get();
    viewer.annotations.setStyle({ opacity: hidden ? 0 : opacity, fill });
  };
  inView();
  styled();

  stops.push(
    viewer.on("camera", ({ camera, byUser }) => {
      if (byUser) follow.stop();
      stores.camera.set(camera);
      publishView();
      tools.refresh();
      engine.link.changed();
    }),
    viewer.on("pointer", onPointer),
    viewer.on("tile-error", ({ error }) => {
      const text = describeTileError(error, stores.image.get().url);
      notices.say({ id: "tile-error", tone: "warning", text });
    }),
    viewer.on("webgl-lost", () => {
      const text =
        "The graphics card stopped drawing. The image comes back by itself; what you drew is safe.";
      notices.say({ id: "webgl-lost", tone: "warning", sticky: true, text });
    }),
    viewer.on("webgl-restored", () => notices.dismiss("webgl-lost")),
    viewer.on("projection", (progress) =>
      stores.projecting.set(progress && progress.done / Math.max(1, progress.total)),
    ),
    stores.source.subscribe(() => void openSource()),
    stores.plane.subscribe(() => {
      if (viewer.source) void viewer.setPlane(stores.plane.get());
      publishView();
      tools.refresh();
      engine.link.changed();
    }),
    stores.channels.subscribe(() => {
      const channels = stores.channels.get();
      if (channels !== viewer.channels()) viewer.setChannels(channels);
      publishView();
      engine.link.changed();
    }),
    stores.tool.subscribe(() => tools.setTool(stores.tool.get())),
    stores.broadcasting.subscribe(publishView),
    stores.selection.subscribe(() => {
      inView();
      tools.refresh();
      engine.link.changed();
    }),
    stores.selected.subscribe(() => tools.refresh()),
    stores.style.subscribe(styled),
    stores.activeClassId.subscribe(() => tools.refresh()),
    stores.brushSize.subscribe(() => tools.refresh()),
    viewer.on("shift-wheel", ({ px }) => {
      if (hasSize(stores.tool.get()))
        actions.setBrushSize(stores.brushSize.get() * 2 ** (-px / WHEEL_PX_PER_DOUBLING));
    }),
    hub.peers.subscribe(() => {
      showOtherViews();
      cursors.refresh();
      follow.refresh();
    }),
    engine.onIdleChange(() => cursors.refresh()),
    stores.classes.subscribe(() => cursors.refresh()),
    layers.views.subscribe(() => cursors.refresh()),
  );

  const resized = new ResizeObserver(() => {
    publishView();
    follow.refresh();
    tools.refresh();
  });
  resized.observe(element);

  const minimap = minimapElement ? createMinimap(viewer, minimapElement) : null;
  const scaleBar = scaleBarElement ? createScaleBar(viewer, scaleBarElement) : null;
  void openSource();
  cursors.refresh();

  return () => {
    engine.labels.mounted(null);
    engine.viewer = null;
    engine.tools = null;
    resized.disconnect();
    for (const stop of stops) stop();
    tools.destroy();
    outlining.destroy();
    cursors.destroy();
    brushCursor.destroy();
    pointer.destroy();
    scene.destroy();
    minimap?.destroy();
    scaleBar?.();
    viewer.destroy();
    hub.update({ cursor: null, view: null, ghost: null, editing: null });
  };
}

function otherViews(peers: Iterable<PeerState>): OtherView[] {
  const views: OtherView[] = [];
  for (const { peerId, user, view } of peers) {
    if (view) views.push({ ...view, id: String(peerId), color: parseColor(user.color) });
  }
  return views;
}

/** Wheel px that make the brush twice as large or small. */
const WHEEL_PX_PER_DOUBLING = 600;
/** One step of Shift+arrow on the screen, CSS px. */
const NUDGE_CSS = 2;
