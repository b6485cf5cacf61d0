import type { Geometry, ImageRect } from "@coscope/annotations/geometry";
import type { Affine } from "../camera/transform.ts";
import type { Shape } from "../render/annotations/interactive.ts";
import type { Scene } from "../render/annotations/scene.ts";
import type { ViewerOverlay } from "../viewer-api.ts";
import { CursorLayer } from "./cursors.ts";

const DRAFT_COLOR = 0xffffff;

export interface OverlayHost {
  /** What the canvas lies in. */
  readonly container: HTMLElement;
  readonly scene: Scene;
  matrix(): Affine;
  redraw(): void;
}

/** Colleagues' cursors as elements over the canvas; everything else in the canvas, by the interactive scene. */
export function createOverlay(host: OverlayHost): ViewerOverlay & { place(): void; destroy(): void } {
  const { interactive } = host.scene;
  const root = document.createElement("div");
  root.dataset["part"] = "overlay";
  Object.assign(root.style, {
    position: "absolute",
    inset: "0",
    overflow: "hidden",
    pointerEvents: "none",
  });
  host.container.append(root);
  const cursors = new CursorLayer(root);
  return {
    setCursors: (marks) => cursors.set(marks, host.matrix()),
    setHandles(handles, frame = null) {
      interactive.setHandles(handles);
      interactive.set("frame", frame ? [{ ...boxShape(frame), dashed: true }] : []);
      host.redraw();
    },
    setGhosts(ghosts) {
      interactive.set("ghosts", ghosts);
      host.redraw();
    },
    setDraft(geometry, color = DRAFT_COLOR) {
      interactive.set("draft", geometry ? [{ geometry, color }] : []);
      host.redraw();
    },
    setDrafts(drafts) {
      interactive.set("draft", drafts);
      host.redraw();
    },
    setStroke(mark) {
      interactive.setStroke(mark);
      host.redraw();
    },
    setMarquee(box) {
      interactive.set("marquee", box ? [boxShape(box)] : []);
      host.redraw();
    },
    place: () => cursors.place(host.matrix()),
    destroy: () => root.remove(),
  };
}

function boxShape(box: ImageRect): Shape {
  const geometry: Geometry = {
    kind: "rectangle",
    plane: { z: "all", t: "all" },
    x: box.minX,
    y: box.minY,
    width: box.maxX - box.minX,
    height: box.maxY - box.minY,
    rotation: 0,
  };
  return { geometry, color: 0xffffff };
}
