import type { AnnotationId } from "@coscope/annotations";
import type { Outbox } from "@coscope/annotations/outbox";
import { type Api, errorSentence } from "../api/index.ts";
import { BRUSH_CSS } from "../state/brush.ts";
import { remember } from "../state/scope.ts";
import type { WorkspaceActions } from "../state/workspace.ts";
import { copyText } from "./clipboard.ts";
import type { Engine } from "./engine.ts";
import { cameraFor } from "./go-to.ts";
import { rememberPerson, rememberUser } from "./guest.ts";

const GO_TO_MS = 250;

/** What a person does to their own view, and to themselves. */
export function createViewActions(engine: Engine) {
  const { stores, layers, follow, edits, notices } = engine;

  function ownMove(move: () => void): void {
    follow.stop();
    move();
  }

  function goTo(id: AnnotationId): void {
    const found = layers.find(id);
    if (!found) return;
    stores.selection.set(new Set([id]));
    const { z, t } = found.annotation.geometry.plane;
    stores.plane.set((now) => {
      const next = { ...now, z: z === "all" ? now.z : z, t: t === "all" ? now.t : t };
      return next.z === now.z && next.t === now.t ? now : next;
    });
    ownMove(() => {
      const target = cameraFor(found.annotation.bounds, stores.camera.get(), engine.size());
      engine.viewer?.setCamera(target, { animateMs: reducedMotion() ? 0 : GO_TO_MS });
    });
  }

  return {
    setTool: stores.tool.set,
    setActiveLayer: layers.setActive,
    setActiveClass(id) {
      stores.activeClassId.set(id);
      remember("activeClassId", id, stores.image.get().projectId);
    },
    setLayerHidden: layers.setHidden,
    select(ids, add = false) {
      stores.selection.set(new Set([...(add ? stores.selection.get() : []), ...ids]));
    },
    clearSelection: () => stores.selection.set(new Set()),
    undo: edits.undo,
    redo: edits.redo,
    setStyle(change) {
      stores.style.set((style) => ({ ...style, ...change }));
      remember("style", stores.style.get());
    },
    setBrushSize(diameterCss) {
      const size = Math.max(BRUSH_CSS.least, Math.min(BRUSH_CSS.most, diameterCss));
      stores.brushSize.set(size);
      remember("brushSize", size);
    },
    setEmptyOnly(on) {
      stores.emptyOnly.set(on);
      remember("emptyOnly", on);
    },
    home: () => ownMove(() => engine.viewer?.home()),
    zoomBy: (factor) => ownMove(() => engine.viewer?.zoomBy(factor)),
    panBy: (dx, dy) => ownMove(() => engine.viewer?.panBy(dx, dy)),
    goTo,
    follow(peerId) {
      if (peerId === null || follow.following.get() === peerId) follow.stop();
      else follow.start(peerId);
    },
    setBroadcasting(on) {
      stores.broadcasting.set(on);
      remember("broadcasting", on);
    },
    copyLink() {
      const href = engine.link.href();
      void copyText(href).then((copied) => {
        const text = copied
          ? "Link to this exact view copied."
          : `This browser did not let us copy. The link: ${href}`;
        notices.say({ id: "link", tone: "info", sticky: !copied, text });
      });
      return href;
    },
    dismissNotice: notices.dismiss,
  } satisfies Partial<WorkspaceActions>;
}

/** What a person does about themselves and about work that was refused. */
export function createPersonActions(engine: Engine, api: Api, outbox: () => Outbox | null) {
  const { stores, notices } = engine;
  return {
    async setUser(change) {
      try {
        const { user } = await api.updateSession(change);
        stores.user.set(user);
        rememberPerson(user);
        rememberUser(user);
      } catch (error) {
        notices.say({ tone: "error", text: errorSentence(error) });
      }
    },
    copyRejected() {
      const refused = (outbox()?.rejected() ?? []).map(({ layerId, at, command, rejected }) => {
        return { layerId, at: new Date(at).toISOString(), reason: rejected?.reason, command };
      });
      const text = JSON.stringify(refused, null, 1);
      void copyText(text).then((copied) => {
        const said = copied ? "Your refused work is on the clipboard." : "This browser did not let us copy.";
        notices.say({ id: "rejected-copied", tone: copied ? "info" : "warning", text: said });
      });
      return text;
    },
    async dismissRejected() {
      const keys = (outbox()?.rejected() ?? []).map(({ key }) => key);
      await outbox()?.forget(keys);
    },
  } satisfies Partial<WorkspaceActions>;
}

function reducedMotion(): boolean {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}
