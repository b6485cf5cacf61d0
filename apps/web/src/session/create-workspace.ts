import { imagePoint } from "@coscope/annotations";
import { createApi } from "../api/index.ts";
import { parseRoute } from "../state/route.ts";
import type { ImageRow, User } from "../state/rows.ts";
import type { Workspace } from "../state/workspace.ts";
import { createRowActions, createSelectionActions } from "./actions.ts";
import { createClassCounts } from "./class-counts.ts";
import { exposeForDebugging } from "./debug-handle.ts";
import { createDisplayActions } from "./display-actions.ts";
import { createEdits } from "./edits.ts";
import type { Engine } from "./engine.ts";
import { createFollow, type EndReason } from "./follow.ts";
import { createGoAlong } from "./go-along.ts";
import { createImageLabels } from "./image-labels.ts";
import { createImportPort } from "./import-port.ts";
import { keepSelection } from "./keep-selection.ts";
import { createLaterActions } from "./later-actions.ts";
import { createLinkedViews } from "./linked-view.ts";
import { createLiveImage } from "./live-image.ts";
import { mountCanvas } from "./mount.ts";
import { createNeighbourActions } from "./neighbours.ts";
import { createNotices } from "./notices.ts";
import { createObjectActions } from "./object-actions.ts";
import { createSourceOpener } from "./open-source.ts";
import { createPeople } from "./people.ts";
import { createPlayer } from "./playback.ts";
import { createPresenceHub } from "./presence-hub.ts";
import { readerOf } from "./reader.ts";
import { createRows } from "./rows.ts";
import { createSavedViewActions } from "./saved-views.ts";
import { createLiveSocket, liveUrl } from "./socket.ts";
import { createPersonActions, createViewActions } from "./view-actions.ts";
import { createStores } from "./workspace-stores.ts";

const FOLLOW_ENDED: { readonly [Why in EndReason]: (name: string) => string } = {
  left: (name) => `${name} has left.`,
  hidden: (name) => `${name} no longer shows where they look.`,
  swapped: (name) => `${name} follows you now.`,
};

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
  const stores = createStores(rows, user);
  const source = createSourceOpener(stores, notices, () => void neighbours.openCollection());
  const neighbours = createNeighbourActions({
    api,
    stores,
    notices,
    isAnnotated: () => layers.views.get().some(({ count }) => count > 0),
  });
  const labels = createImageLabels(stores, notices);
  const idleCallbacks = new Set<() => void>();

  const live = createLiveImage({
    rows,
    socket,
    hub,
    notices,
    userId: user.id,
    guest: user.guest,
    onConflict: (conflict, layer) => edits.onConflict(conflict, layer),
    onReapplied: (layer, lost, outcome) => edits.onReapplied(layer, lost, outcome),
  });
  const { layers } = live;
  const follow = createFollow({
    viewer: () => engine.viewer,
    size: () => engine.size(),
    peer: (peerId) => hub.peers.get().get(peerId),
    selfId: hub.selfId.get,
    setPlane: stores.plane.set,
    setChannels: stores.channels.set,
    isBusy: () => engine.tools?.busy() ?? false,
    onEnded(name, why) {
      notices.say({ id: "follow-ended", tone: "info", text: FOLLOW_ENDED[why](name) });
    },
  });
  const goAlong = createGoAlong(image, { api, hub, stores, follow, notices });
  const people = createPeople(
    hub,
    { user: stores.user, following: follow.following, broadcasting: stores.broadcasting },
    () => {
      for (const callback of idleCallbacks) callback();
    },
  );
  const classOf = (id: string | null) =>
    id === null ? undefined : rows.classes.get().find((row) => row.id === id);
  const edits = createEdits({
    notices,
    userId: () => user.id,
    live: layers.live,
    classOf,
    lastEditorOf: people.lastEditorOf,
    select: (ids) => stores.selection.set(new Set(ids)),
  });
  const link = createLinkedViews({
    stores,
    layers,
    follow,
    notices,
    viewer: () => engine.viewer,
    views: rows.views,
    goTo: (id) => workspace.actions.goTo(id),
    goToView: (id) => workspace.actions.goToView(id),
  });
  const player = createPlayer({
    plane: stores.plane,
    source: stores.source,
    setPlane: stores.plane.set,
    ready: async (plane) => engine.viewer?.ready(plane),
  });

  function announce(text: string): void {
    // The same sentence twice is said twice: a blank makes it another text.
    stores.announcement.set((before) => (before === text ? `${text}\u00a0` : text));
  }

  const changes = {
    api,
    rows,
    layers,
    edits,
    notices,
    announce,
    selection: stores.selection,
    userId: () => user.id,
    zoom: () => stores.camera.get().zoom,
    mayChange: (targets: Parameters<Engine["mayChange"]>[0]) => engine.mayChange(targets),
  };
  const selectionActions = createSelectionActions(changes);
  const classCounts = createClassCounts(layers);
  const engine: Engine = {
    stores,
    labels,
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
    mayDraw: () => true,
    viewer: null,
    tools: null,
    size: () => ({ width: 1, height: 1 }),
  };

  const workspace: Workspace = {
    ...stores,
    playback: player.store,
    views: rows.views,
    presets: rows.presets,
    labels: labels.store,
    layers: layers.views,
    annotations: readerOf(layers),
    classCounts: classCounts.store,
    activeLayerId: layers.active,
    people: people.list,
    following: follow.following,
    followers: people.followers,
    saved: live.saved,
    undo: edits.undoState,
    notices: notices.store,
    rejected: live.rejected,
    canvas: {
      escape: () => engine.tools?.escape(),
      enter: () => engine.tools?.enter(),
      arrow: (dx, dy) => engine.tools?.arrow(dx, dy),
      nudge: (dx, dy) => engine.tools?.nudge(dx, dy),
      remove: () => (engine.tools ? engine.tools.remove() : selectionActions.removeSelection()),
      takeBack: () => engine.tools?.takeBack() ?? false,
      toolKey: (key) => engine.tools?.toolKey(key) ?? false,
      modifiers: (held) => engine.tools?.modifiers(held),
      toScreen: ({ x, y }) => engine.viewer?.imageToScreen(imagePoint(x, y)) ?? null,
      size: () => engine.size(),
    },
    importing: createImportPort({ ...changes, saved: live.saved, viewer: () => engine.viewer }),
    actions: {
      ...createRowActions(changes),
      ...selectionActions,
      ...createLaterActions({ ...changes, engine }),
      ...createObjectActions({ ...changes, stores, targets: selectionActions.targets }),
      ...createViewActions(engine),
      ...createDisplayActions(engine, player),
      ...createSavedViewActions(engine, api, rows),
      ...createPersonActions(engine, api, live.outbox),
      openPlace: neighbours.openPlace,
      openNeighbour: neighbours.openNeighbour,
      setLabel: labels.change,
      retryOpen: () => void source.open(),
    },
    mount: (canvas, minimap, scaleBar) => mountCanvas(engine, workspace.actions, canvas, minimap, scaleBar),
    destroy,
  };

  const stops = [
    follow.following.subscribe(() => hub.update({ following: follow.following.get() ?? 0 })),
    layers.views.subscribe(link.look),
    rows.views.subscribe(link.look),
    follow.following.subscribe(() => {
      if (follow.following.get() !== null) player.play(null);
    }),
    classCounts.stop,
    stores.source.subscribe(() => player.play(null)),
    layers.subscribe((_layer, { removed }) => edits.noteRemoved(removed)),
    keepSelection(stores, layers),
    exposeForDebugging(workspace, engine, live.outbox),
  ];
  void source.open();

  function destroy(): void {
    for (const stop of stops) stop();
    player.play(null);
    link.destroy();
    goAlong.destroy();
    follow.destroy();
    people.destroy();
    hub.destroy(parseRoute(location.hash).imageId ?? undefined);
    live.destroy();
    notices.destroy();
    labels.destroy();
    source.destroy();
  }

  return workspace;
}
