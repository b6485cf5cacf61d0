import type { AnnotationId } from "@coscope/annotations";
import type { Viewer } from "@coscope/viewer";
import type { ImageSource } from "@coscope/viewer/source";
import type { ViewRow } from "../state/rows.ts";
import type { Store } from "../state/store.ts";
import type { EngineStores, WantedView } from "./engine.ts";
import type { Follow } from "./follow.ts";
import type { Layers } from "./layers.ts";
import type { LinkedView } from "./link.ts";
import { createLinkSync, type LinkSync } from "./link-sync.ts";
import type { Notices } from "./notices.ts";

export interface LinkedViewOptions {
  readonly stores: EngineStores;
  readonly layers: Layers;
  readonly follow: Follow;
  readonly notices: Notices;
  viewer(): Viewer | null;
  readonly views: Store<readonly ViewRow[] | null>;
  goTo(id: AnnotationId): void;
  goToView(id: string): void;
}

/** The address of the page and the view on screen, each following the other. */
export interface LinkedViews extends LinkSync {
  /** Where the canvas should start: where it was, what the link says, or the image's own settings. */
  wanted(source: ImageSource): WantedView;
  /** The picture is on screen. */
  opened(): void;
  /** The layers or the named views changed: what the link names may be here now. */
  look(): void;
}

export function createLinkedViews(options: LinkedViewOptions): LinkedViews {
  const { stores, layers, follow, notices } = options;
  const imageId = stores.image.get().id;
  const link = createLinkSync(imageId, current, apply);
  /** Set once the picture has been seen: a canvas that is mounted again starts where it was. */
  let seen = false;
  /** The annotation of a link, until its layer has loaded. */
  let awaited = link.initial?.annotation ?? null;
  /** The named view of a link, until the views have been read. */
  let awaitedView = link.initial?.viewId ?? null;
  /** The link names no place: the annotation is one. */
  let goesThere = awaited !== null && !link.initial?.camera;

  function current(): LinkedView {
    const selection = [...stores.selection.get()];
    const found = selection.length === 1 ? layers.find(selection[0]!) : null;
    const annotation = found ? { layerId: found.layer.id, id: found.annotation.id } : awaited;
    if (!seen) {
      return {
        imageId,
        ...(annotation && { annotation }),
        ...(awaitedView !== null && { viewId: awaitedView }),
      };
    }
    return {
      imageId,
      camera: options.viewer()?.camera() ?? stores.camera.get(),
      plane: stores.plane.get(),
      channels: stores.channels.get(),
      ...(annotation && { annotation }),
      ...(awaitedView !== null && { viewId: awaitedView }),
    };
  }

  function apply(view: LinkedView): void {
    follow.stop();
    if (view.plane) stores.plane.set(view.plane);
    if (view.channels?.length === stores.channels.get().length) stores.channels.set(view.channels);
    if (view.camera) options.viewer()?.setCamera(view.camera);
    awaited = view.annotation ?? null;
    awaitedView = view.viewId ?? null;
    goesThere = awaited !== null && !view.camera;
    look();
  }

  function look(): void {
    if (seen) {
      lookForView();
      lookForAnnotation();
    }
  }

  /** What the link says of the view may be older than the view itself. */
  function lookForView(): void {
    const views = options.views.get();
    if (awaitedView === null || views === null) return;
    const id = awaitedView;
    awaitedView = null;
    if (views.some((view) => view.id === id)) options.goToView(id);
    else notices.say({ tone: "info", text: "The saved view of this link is no longer there." });
  }

  function lookForAnnotation(): void {
    if (!awaited) return;
    const { layerId, id } = awaited;
    const layer = layers.live(layerId);
    const loading = layer ? layer.state.get() === "loading" : layers.views.get().length === 0;
    if (loading) return;
    awaited = null;
    if (!layer?.get(id)) {
      notices.say({ tone: "info", text: "The annotation of this link is no longer there." });
    } else if (goesThere) options.goTo(id);
    else stores.selection.set(new Set([id]));
  }

  return {
    ...link,
    look,
    wanted(source) {
      if (seen) {
        return { camera: stores.camera.get(), plane: stores.plane.get(), channels: stores.channels.get() };
      }
      const { camera = null, plane, channels } = link.initial ?? {};
      const { z, t, projection } = plane ?? { z: Math.floor((source.sizeZ - 1) / 2), t: 0 };
      stores.plane.set({
        z: Math.min(z, source.sizeZ - 1),
        t: Math.min(t, source.sizeT - 1),
        ...(projection && source.sizeZ > 1 && { projection }),
      });
      const fits = channels?.length === source.channels.length;
      return { camera, plane: stores.plane.get(), channels: fits ? channels : null };
    },
    opened() {
      seen = true;
      look();
      link.changed();
    },
  };
}
