import type { AnnotationId, AnnotationSnapshot } from "@coscope/annotations";
import type { Outbox, OutboxEntry } from "@coscope/annotations/outbox";
import { type CameraState, type ChannelSettings, openInWorkers } from "@coscope/viewer";
import type { ImageSource } from "@coscope/viewer/source";
import { createApi, errorSentence } from "../api/index.ts";
import { hrefOfImage } from "../state/route.ts";
import type { ImageRow, LayerRow, User } from "../state/rows.ts";
import { recall, remember } from "../state/scope.ts";
import { createStore, type Store } from "../state/store.ts";
import type {
  AnnotationStyle,
  OpenState,
  PlaneState,
  PointerReadout,
  ToolId,
  Workspace,
} from "../state/workspace.ts";
import type { Target } from "../tools/tool.ts";
import { createRowActions, createSelectionActions } from "./actions.ts";
import { copyText } from "./clipboard.ts";
import { exposeForDebugging } from "./debug-handle.ts";
import { createEdits } from "./edits.ts";
import type { Engine } from "./engine.ts";
import { createFollow, type EndReason } from "./follow.ts";
import { cameraFor } from "./go-to.ts";
import { rememberPerson } from "./guest.ts";
import { createLayers } from "./layers.ts";
import type { LinkedView } from "./link.ts";
import { createLinkSync } from "./link-sync.ts";
import { createLiveLayer } from "./live-layer.ts";
import { mountCanvas } from "./mount.ts";
import { createNotices } from "./notices.ts";
import { describeOpenError } from "./open-errors.ts";
import { type OutboxKeeper, openOutboxKeeper } from "./outbox-keeper.ts";
import { createPeople } from "./people.ts";
import { createPresenceHub } from "./presence-hub.ts";
import { createRows } from "./rows.ts";
import { createSavedState } from "./saved-state.ts";
import { createLiveSocket, liveUrl } from "./socket.ts";
import { tabLease } from "./tab-lease.ts";

const SIGNED_OUT =
  "You were signed out here. What is not saved yet stays in this browser; sign in again as the same person to send it.";
const RETRY_ROWS_MS = 2_000;
const DEFAULT_STYLE: AnnotationStyle = { hidden: false, fill: true, opacity: 1 };

/**
 * Everything behind one open image: rows, live layers, outbox, presence, viewer, tools. Starts at once; `mount`
 * puts the picture on screen; `destroy` ends it, what is not saved stays in the browser for the next time.
 */
export function createWorkspace(image: ImageRow, user: User): Workspace {
  const api = createApi();
  const notices = createNotices();
  const socket = createLiveSocket(liveUrl());
  const rows = createRows(api, image);
  const hub = createPresenceHub(socket, image.id);
  const stops: (() => void)[] = [];
  let alive = true;
  let keeper: OutboxKeeper | null = null;
  /** Else closing the tab loses what is not saved. */
  let keptOnDisk = true;

  const stores = {
    user: createStore(user),
    image: rows.image,
    classes: rows.classes,
    source: createStore<ImageSource | null>(null),
    openState: createStore<OpenState>({ kind: "opening" }),
    camera: createStore<CameraState>({ cx: 0, cy: 0, zoom: 1, rotation: 0 }),
    plane: createStore<PlaneState>({ z: 0, t: 0 }),
    channels: createStore<readonly ChannelSettings[]>([]),
    pointer: createStore<PointerReadout | null>(null),
    tool: createStore<ToolId>("select"),
    selection: createStore<ReadonlySet<AnnotationId>>(new Set()),
    selected: createStore<readonly AnnotationSnapshot[]>([]),
    activeClassId: createStore<string | null>(recall("activeClassId", isText, image.projectId)),
    style: createStore<AnnotationStyle>({ ...DEFAULT_STYLE, ...recall("style", isStyle), hidden: false }),
    broadcasting: createStore(recall("broadcasting", isBoolean) ?? true),
    hint: createStore(""),
  };
  const announcement = createStore("");
  const rejected = createStore<readonly OutboxEntry[]>([]);
  const idleCallbacks = new Set<() => void>();
  /** Set once the picture has been seen: a canvas that is mounted again starts where it was. */
  let seen = false;

  const outbox = (): Outbox | null => keeper?.outbox ?? null;
  const saved = createSavedState(outbox, socket.connected);
  const classOf = (id: string | null) =>
    id === null ? undefined : rows.classes.get().find((row) => row.id === id);

  const layers = createLayers({ rows, open: openLayer, onGone });
  const follow = createFollow({
    viewer: () => engine.viewer,
    size: () => engine.size(),
    peer: (peerId) => hub.peers.get().get(peerId),
    selfId: hub.selfId.get,
    setPlane: (plane) => stores.plane.set(plane),
    setChannels: (channels) => stores.channels.set(channels),
    isBusy: () => engine.tools?.busy() ?? false,
    onEnded: (name, why) =>
      notices.say({
        id: "follow-ended",
        tone: "info",
        text: FOLLOW_ENDED[why](name),
      }),
  });
  const people = createPeople(
    hub,
    { user: stores.user, following: follow.following, broadcasting: stores.broadcasting },
    () => {
      for (const callback of idleCallbacks) callback();
    },
  );
  const edits = createEdits({
    notices,
    userId: () => stores.user.get().id,
    live: layers.live,
    classOf,
    lastEditorOf: people.lastEditorOf,
    select: (ids) => stores.selection.set(new Set(ids)),
  });
  const actionOptions = {
    api,
    rows,
    layers,
    edits,
    notices,
    selection: stores.selection,
    userId: () => stores.user.get().id,
    zoom: () => stores.camera.get().zoom,
    mayChange: (targets: readonly Target[]) => engine.mayChange(targets),
    announce,
  };
  const selectionActions = createSelectionActions(actionOptions);
  const link = createLinkSync(image.id, currentView, applyView);

  function announce(text: string): void {
    // The same sentence twice is said twice: a blank makes it another text.
    announcement.set((before) => (before === text ? `${text}\u00a0` : text));
  }

  function openLayer(row: LayerRow) {
    return createLiveLayer({
      socket,
      outbox: keeper!.outbox,
      layerId: row.id,
      imageId: image.id,
      userId: user.id,
      tabId: keeper!.tabId,
      room: row.room,
      onConflict: edits.onConflict,
      onReapplied: edits.onReapplied,
      onDenied(reason) {
        // The layer was deleted or has moved to another room: the rows tell which.
        if (reason === "epoch-changed" || reason === "not-found") void loadRows();
        else sayDenied(row, reason);
      },
      onNotKept() {
        keptOnDisk = false;
        notices.say({
          id: "not-kept",
          tone: "warning",
          sticky: true,
          text: "This browser's disk is full or closed to us: keep the tab open until everything is saved.",
        });
      },
    });
  }

  function sayDenied(row: LayerRow, reason: string): void {
    const ended = reason === "session-ended" || reason === "session-required";
    notices.say({
      id: ended ? "signed-out" : `denied-${row.id}`,
      tone: "error",
      sticky: true,
      text: ended ? SIGNED_OUT : `You may not open the layer “${row.name}”.`,
      ...(ended && { next: { label: "Reload the page", run: () => location.reload() } }),
    });
  }

  /** Work for layers that were deleted while this page was closed. */
  async function rejectHomeless(): Promise<void> {
    const homeless =
      outbox()
        ?.pending()
        .filter(({ layerId }) => !layers.row(layerId)) ?? [];
    if (homeless.length > 0) await reject(homeless, "The layer it was drawn on was deleted.");
  }

  async function reject(entries: readonly OutboxEntry[], reason: string): Promise<void> {
    await outbox()?.reject(
      entries.map(({ key }) => key),
      reason,
    );
  }

  function onGone(row: LayerRow): void {
    const lost = outbox()?.pending(row.id) ?? [];
    if (lost.length > 0) void reject(lost, `The layer “${row.name}” was deleted.`);
    notices.say({ tone: "info", text: `The layer “${row.name}” was deleted.` });
  }

  async function start(): Promise<void> {
    keeper = await openOutboxKeeper({
      userId: user.id,
      imageId: image.id,
      lease: await tabLease(),
      notices,
      onClaimed() {
        for (const layer of layers.all()) layer.adopt();
      },
    });
    if (!alive) return keeper.destroy();
    keptOnDisk &&= keeper.onDisk;
    stops.push(keeper.outbox.subscribe(onOutbox));
    onOutbox();
    sayElsewhere(keeper.elsewhere);
    await loadRows();
  }

  function onBeforeUnload(event: BeforeUnloadEvent): void {
    if (!keptOnDisk && (outbox()?.pending().length ?? 0) > 0) event.preventDefault();
  }

  function onOutbox(): void {
    saved.refresh();
    rejected.set(outbox()?.rejected() ?? []);
  }

  function sayElsewhere(imageIds: readonly string[]): void {
    const [imageId] = imageIds;
    if (imageId === undefined) return;
    notices.say({
      tone: "info",
      sticky: true,
      text: "Some of your work on another image was not sent yet. It goes out when you open that image.",
      next: { label: "Open it", run: () => location.assign(hrefOfImage(imageId)) },
    });
  }

  async function loadRows(): Promise<void> {
    for (;;) {
      try {
        await rows.load();
        notices.dismiss("rows");
        await rejectHomeless();
        return;
      } catch (error) {
        if (!alive) return;
        notices.say({ id: "rows", tone: "error", sticky: true, text: errorSentence(error) });
        await new Promise((resolve) => setTimeout(resolve, RETRY_ROWS_MS));
        if (!alive) return;
      }
    }
  }

  async function openSource(): Promise<void> {
    stores.openState.set({ kind: "opening" });
    stores.source.get()?.close?.();
    stores.source.set(null);
    const { url } = rows.image.get();
    try {
      const source = await openInWorkers(url);
      if (!alive) return source.close?.();
      if (source.warnings.length > 0) {
        notices.say({ tone: "info", text: source.warnings.join(" ") });
      }
      stores.source.set(source);
    } catch (error) {
      if (alive) stores.openState.set(describeOpenError(error, url));
    }
  }

  function currentView(): LinkedView {
    const [selectedId] = stores.selection.get();
    const found =
      selectedId !== undefined && stores.selection.get().size === 1 ? layers.find(selectedId) : null;
    const annotation = found
      ? { layerId: found.layer.id, id: found.annotation.id }
      : (pendingAnnotation ?? null);
    return {
      imageId: image.id,
      ...(seen && {
        camera: stores.camera.get(),
        plane: stores.plane.get(),
        channels: stores.channels.get(),
      }),
      ...(annotation && { annotation }),
    };
  }

  /** Of a link, until its layer has loaded. */
  let pendingAnnotation = link.initial?.annotation ?? null;

  function selectLinked(): void {
    if (!pendingAnnotation) return;
    const { layerId, id } = pendingAnnotation;
    const layer = layers.live(layerId);
    const loading = layer ? layer.state.get() === "loading" : rows.layers.get().length === 0;
    if (loading) return;
    pendingAnnotation = null;
    if (layer?.get(id)) stores.selection.set(new Set([id]));
    else notices.say({ tone: "info", text: "The annotation of this link is no longer there." });
  }

  function applyView(view: LinkedView): void {
    follow.stop();
    if (view.plane) stores.plane.set(view.plane);
    if (view.channels?.length === stores.channels.get().length) stores.channels.set(view.channels);
    if (view.camera) engine.viewer?.setCamera(view.camera);
    pendingAnnotation = view.annotation ?? null;
    selectLinked();
  }

  function onContent(removed: readonly AnnotationSnapshot[], touched: ReadonlySet<AnnotationId>): void {
    const selection = stores.selection.get();
    const gone = removed.filter(({ id }) => selection.has(id) && !layers.find(id));
    if (gone.length > 0) {
      const rest = new Set(selection);
      for (const { id } of gone) rest.delete(id);
      stores.selection.set(rest);
    } else if ([...selection].some((id) => touched.has(id))) refreshSelected();
  }

  function refreshSelected(): void {
    const found = [...stores.selection.get()].map((id) => layers.find(id)?.annotation);
    stores.selected.set(found.filter((annotation) => annotation !== undefined));
  }

  function keepActiveClass(): void {
    const { activeClassId } = stores;
    const list = rows.classes.get();
    if (list.length > 0 && activeClassId.get() !== null && !classOf(activeClassId.get()))
      activeClassId.set(null);
  }

  function ownMove(move: () => void): void {
    follow.stop();
    move();
  }

  const workspace: Workspace = {
    user: stores.user,
    image: rows.image,
    source: stores.source,
    openState: stores.openState,
    layers: layers.views,
    classes: rows.classes,
    activeLayerId: layers.active,
    activeClassId: stores.activeClassId,
    tool: stores.tool,
    selection: stores.selection,
    selected: stores.selected,
    style: stores.style,
    camera: stores.camera,
    plane: stores.plane,
    channels: stores.channels,
    pointer: stores.pointer,
    people: people.list,
    following: follow.following,
    followers: people.followers,
    broadcasting: stores.broadcasting,
    saved: saved.store,
    undo: edits.undoState,
    hint: stores.hint,
    announcement,
    notices: notices.store,
    rejected,
    canvas: {
      escape: () => engine.tools?.escape(),
      enter: () => engine.tools?.enter(),
      arrow: (dx, dy) => engine.tools?.arrow(dx, dy),
      nudge: (dx, dy) => engine.tools?.nudge(dx, dy),
      remove: () => (engine.tools ? engine.tools.remove() : selectionActions.removeSelection()),
      modifiers: (held) => engine.tools?.modifiers(held),
    },
    actions: {
      ...createRowActions(actionOptions),
      ...selectionActions,
      setTool: stores.tool.set,
      setActiveLayer: layers.setActive,
      setActiveClass(id) {
        stores.activeClassId.set(id);
        remember("activeClassId", id, image.projectId);
      },
      setLayerHidden: layers.setHidden,
      select: (ids, add = false) =>
        stores.selection.set(new Set([...(add ? stores.selection.get() : []), ...ids])),
      clearSelection: () => stores.selection.set(new Set()),
      undo: edits.undo,
      redo: edits.redo,
      setStyle(change) {
        stores.style.set((style) => ({ ...style, ...change }));
        remember("style", stores.style.get());
      },
      setChannels: (settings) => stores.channels.set(settings),
      async autoContrast(channel) {
        const window = await engine.viewer?.autoContrast(channel);
        if (!window) return;
        stores.channels.set((list) =>
          list.map((old, index) => (index === channel ? { ...old, ...window } : old)),
        );
      },
      async histogram(channel) {
        return (await engine.viewer?.histogram(channel)) ?? { counts: new Uint32Array(256), min: 0, max: 0 };
      },
      setPlane: (plane) => stores.plane.set(plane),
      home: () => ownMove(() => engine.viewer?.home()),
      zoomBy: (factor) => ownMove(() => engine.viewer?.zoomBy(factor)),
      panBy: (dx, dy) => ownMove(() => engine.viewer?.panBy(dx, dy)),
      goTo(id) {
        const found = layers.find(id);
        if (!found) return;
        stores.selection.set(new Set([id]));
        const { z, t } = found.annotation.geometry.plane;
        stores.plane.set((now) => {
          const next = { z: z === "all" ? now.z : z, t: t === "all" ? now.t : t };
          return next.z === now.z && next.t === now.t ? now : next;
        });
        ownMove(() => {
          const target = cameraFor(found.annotation.bounds, stores.camera.get(), engine.size());
          engine.viewer?.setCamera(target, { animateMs: reducedMotion() ? 0 : GO_TO_MS });
        });
      },
      follow(peerId) {
        if (peerId === null || follow.following.get() === peerId) follow.stop();
        else follow.start(peerId);
      },
      setBroadcasting(on) {
        stores.broadcasting.set(on);
        remember("broadcasting", on);
      },
      async setUser(change) {
        try {
          const answer = await api.updateSession(change);
          stores.user.set(answer.user);
          rememberPerson(answer.user);
        } catch (error) {
          notices.say({ tone: "error", text: errorSentence(error) });
        }
      },
      copyLink() {
        const href = link.href();
        void copyText(href).then((copied) =>
          notices.say(
            copied
              ? { id: "link", tone: "info", text: "Link to this exact view copied." }
              : {
                  id: "link",
                  tone: "info",
                  sticky: true,
                  text: `This browser did not let us copy. The link: ${href}`,
                },
          ),
        );
        return href;
      },
      copyRejected() {
        const text = JSON.stringify(
          rejected.get().map(({ layerId, at, command, rejected: why }) => {
            return { layerId, at: new Date(at).toISOString(), reason: why?.reason, command };
          }),
          null,
          1,
        );
        void copyText(text).then((copied) =>
          notices.say({
            id: "rejected-copied",
            tone: copied ? "info" : "warning",
            text: copied ? "Your refused work is on the clipboard." : "This browser did not let us copy.",
          }),
        );
        return text;
      },
      async dismissRejected() {
        await outbox()?.forget(rejected.get().map(({ key }) => key));
      },
      dismissNotice: notices.dismiss,
      retryOpen: () => void openSource(),
    },
    mount: (canvas, minimap, scaleBar) => mountCanvas(engine, canvas, minimap, scaleBar),
    destroy,
  };

  const engine: Engine = {
    workspace,
    stores,
    layers,
    hub,
    people,
    follow,
    edits,
    notices,
    link,
    socket,
    classOf,
    selectionTargets: selectionActions.targets,
    announce,
    onIdleChange(callback) {
      idleCallbacks.add(callback);
      return () => {
        idleCallbacks.delete(callback);
      };
    },
    mayChange: () => true,
    wantedView(source) {
      if (seen) {
        return { camera: stores.camera.get(), plane: stores.plane.get(), channels: stores.channels.get() };
      }
      const { camera = null, plane, channels } = link.initial ?? {};
      const wanted = plane ?? { z: Math.floor((source.sizeZ - 1) / 2), t: 0 };
      stores.plane.set({ z: Math.min(wanted.z, source.sizeZ - 1), t: Math.min(wanted.t, source.sizeT - 1) });
      const fits = channels?.length === source.channels.length;
      return { camera, plane: stores.plane.get(), channels: fits ? channels : null };
    },
    onOpened() {
      seen = true;
      const linked = link.initial;
      if (linked?.annotation && !linked.camera) goToWhenReady = linked.annotation.id;
      link.changed();
    },
    viewer: null,
    tools: null,
    size: () => ({ width: 1, height: 1 }),
  };
  /** A link that names an annotation and no place. */
  let goToWhenReady: AnnotationId | null = null;

  stops.push(
    hub.onRows(rows.apply),
    socket.signedOut.subscribe(() =>
      notices.say({
        id: "signed-out",
        tone: "error",
        sticky: true,
        text: SIGNED_OUT,
        next: { label: "Reload the page", run: () => location.reload() },
      }),
    ),
    follow.following.subscribe(() => hub.update({ following: follow.following.get() ?? 0 })),
    hub.onRejoin(() => void loadRows()),
    rows.classes.subscribe(keepActiveClass),
    rows.imageGone.subscribe(() =>
      notices.say({ tone: "warning", sticky: true, text: "This image was taken out of the project." }),
    ),
    stores.selection.subscribe(refreshSelected),
    layers.subscribe((_layer, { added, changed, removed }) => {
      onContent(removed, new Set([...added, ...changed.map(({ after }) => after)].map(({ id }) => id)));
    }),
    layers.views.subscribe(() => {
      selectLinked();
      if (goToWhenReady !== null && layers.find(goToWhenReady)) {
        workspace.actions.goTo(goToWhenReady);
        goToWhenReady = null;
      }
    }),
  );
  addEventListener("beforeunload", onBeforeUnload);
  stops.push(() => removeEventListener("beforeunload", onBeforeUnload));
  void start();
  void openSource();
  const forgetDebug = exposeForDebugging(engine, outbox);

  function destroy(): void {
    alive = false;
    for (const stop of stops) stop();
    forgetDebug();
    link.destroy();
    follow.destroy();
    people.destroy();
    hub.destroy();
    saved.destroy();
    notices.destroy();
    stores.source.get()?.close?.();
    void whenSent(outbox(), socket.connected).then(() => {
      layers.destroy();
      keeper?.destroy();
      socket.destroy();
    });
  }

  return workspace;
}

const GO_TO_MS = 250;
/** How long a closed image stays connected for what is still on its way. */
const LINGER_MS = 10_000;

/** Resolves when nothing is waiting, when it cannot be sent, or after a while: it is on disk in any case. */
function whenSent(outbox: Outbox | null, connected: Store<boolean>): Promise<void> {
  return new Promise((resolve) => {
    const check = () => {
      if (connected.get() && outbox && outbox.pending().length > 0) return;
      clearTimeout(timer);
      for (const stop of stops) stop();
      resolve();
    };
    const timer = setTimeout(resolve, LINGER_MS);
    const stops = [outbox?.subscribe(check) ?? (() => {}), connected.subscribe(check)];
    check();
  });
}

const FOLLOW_ENDED: { readonly [Why in EndReason]: (name: string) => string } = {
  left: (name) => `${name} has left.`,
  hidden: (name) => `${name} no longer shows where they look.`,
  swapped: (name) => `${name} follows you now.`,
};

function reducedMotion(): boolean {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isBoolean(value: unknown): value is boolean {
  return typeof value === "boolean";
}

function isStyle(value: unknown): value is AnnotationStyle {
  const style = value as Partial<AnnotationStyle> | null;
  return typeof style === "object" && typeof style?.fill === "boolean" && typeof style.opacity === "number";
}
