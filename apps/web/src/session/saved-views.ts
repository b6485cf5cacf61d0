import type { Api } from "../api/index.ts";
import type { ViewState } from "../state/rows.ts";
import type { WorkspaceActions } from "../state/workspace.ts";
import { fromSaved, presetFor, toSaved } from "./channel-edits.ts";
import { copyText } from "./clipboard.ts";
import type { Engine } from "./engine.ts";
import { cameraToSeeAll } from "./follow-camera.ts";
import { encodeLink } from "./link.ts";
import { createRowChanges, rowOf } from "./row-changes.ts";
import type { Rows } from "./rows.ts";
import { thumbnailOf } from "./view-thumbnail.ts";

const GO_TO_MS = 400;

/** Views and channel presets under names: rows on the server, seen by everyone. */
export function createSavedViewActions(engine: Engine, api: Api, rows: Rows) {
  const { stores, follow, notices } = engine;

  const { attempt } = createRowChanges(rows, notices);
  const viewRow = (id: string) => rowOf(rows.views.get(), id, "view");
  const presetRow = (id: string) => rowOf(rows.presets.get(), id, "preset");

  /** What is on screen. */
  async function seen(): Promise<{ state: ViewState; thumbnail: string | null }> {
    const { cx, cy, zoom, rotation, flip = false } = engine.viewer?.camera() ?? stores.camera.get();
    const { z, t, projection = null } = stores.plane.get();
    const channels = stores.channels.get().map(toSaved);
    const state = { cx, cy, zoom, rotation, flip, ...engine.size(), z, t, projection, channels };
    // A view without its picture is worth more than none.
    const thumbnail = engine.viewer ? await thumbnailOf(engine.viewer).catch(() => null) : null;
    return { state, thumbnail };
  }

  function presetChannels() {
    const names = channelNames(engine);
    return stores.channels.get().map((channel, i) => ({ ...toSaved(channel), name: names[i] ?? "" }));
  }

  function cameraOf(state: ViewState) {
    return cameraToSeeAll(state, engine.size());
  }

  return {
    saveView: (name) =>
      attempt(
        async () => api.addView(rows.image.get().id, { name, ...(await seen()) }),
        (row) => {
          rows.putView(row);
          engine.announce(`View “${row.name}” saved`);
        },
      ),
    renameView: (id, name) =>
      attempt(() => api.updateView(id, { name, revision: viewRow(id).revision }), rows.putView),
    updateView: (id) =>
      attempt(
        async () => api.updateView(id, { ...(await seen()), revision: viewRow(id).revision }),
        rows.putView,
      ),
    deleteView: (id) =>
      attempt(
        () => api.deleteView(id, viewRow(id).revision),
        () => rows.dropView(id),
      ),
    goToView(id) {
      const { state } = viewRow(id);
      const source = stores.source.get();
      if (!source || !engine.viewer) return;
      follow.stop();
      const { z, t, projection } = state;
      stores.plane.set({
        z: Math.min(z, source.sizeZ - 1),
        t: Math.min(t, source.sizeT - 1),
        projection: source.sizeZ > 1 ? projection : null,
      });
      if (state.channels.length === stores.channels.get().length) {
        stores.channels.set(state.channels.map(fromSaved));
      }
      const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
      engine.viewer.setCamera(cameraOf(state), { animateMs: still ? 0 : GO_TO_MS });
    },
    copyViewLink(id) {
      const { state, imageId, name } = viewRow(id);
      const { z, t, projection, channels } = state;
      const url = new URL(location.href);
      url.hash = encodeLink({
        imageId,
        camera: cameraOf(state),
        plane: { z, t, projection },
        channels: channels.map(fromSaved),
        viewId: id,
      });
      void copyText(url.href).then((copied) => {
        const text = copied
          ? `Link to “${name}” copied.`
          : `This browser did not let us copy. The link: ${url.href}`;
        notices.say({ id: "link", tone: "info", sticky: !copied, text });
      });
      return url.href;
    },
    savePreset: (name) =>
      attempt(
        () => api.addPreset(rows.image.get().projectId, { name, channels: presetChannels() }),
        rows.putPreset,
      ),
    renamePreset: (id, name) =>
      attempt(() => api.updatePreset(id, { name, revision: presetRow(id).revision }), rows.putPreset),
    updatePreset: (id) =>
      attempt(
        () => api.updatePreset(id, { channels: presetChannels(), revision: presetRow(id).revision }),
        rows.putPreset,
      ),
    deletePreset: (id) =>
      attempt(
        () => api.deletePreset(id, presetRow(id).revision),
        () => rows.dropPreset(id),
      ),
    applyPreset(id) {
      const channels = presetFor(presetRow(id).channels, channelNames(engine));
      if (channels) stores.channels.set(channels);
    },
  } satisfies Partial<WorkspaceActions>;
}

function channelNames({ stores }: Engine): string[] {
  return stores.source.get()?.channels.map(({ name }) => name) ?? [];
}
