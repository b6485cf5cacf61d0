import {
  containsPoint,
  distanceToOutline,
  type ImagePoint,
  onPlane,
  type ScreenPoint,
} from "@coscope/annotations/geometry";
import RBush from "rbush";
import { type BinEntry, BinIndex } from "./bins.ts";
import { InteractiveScene } from "./interactive.ts";
import type { SceneItem } from "./mesh.ts";
import { DEFAULT_STYLE, type SceneState, type SceneStyle } from "./pass.ts";

/** Annotations on the image. Draws what it is given; knows no documents. */
export interface AnnotationScene {
  /** Adds items, or replaces those with the same id. */
  put(items: readonly SceneItem[]): void;
  remove(ids: readonly string[]): void;
  /** All, or those of one layer. */
  clear(layerId?: string): void;
  setSelected(ids: ReadonlySet<string>): void;
  /** Hidden layers are neither drawn nor hit. */
  setHidden(layerIds: ReadonlySet<string>): void;
  setStyle(style: Partial<SceneStyle>): void;
  /** Items under a point of the canvas, by their order, then smallest first; outlines may be missed by `tolerancePx` CSS px. */
  hitTest(screen: ScreenPoint, tolerancePx?: number): { id: string; layerId: string }[];
  readonly size: number;
}

export interface SceneView {
  screenToImage(point: ScreenPoint): ImagePoint;
  /** CSS px per image px. */
  zoom(): number;
  redraw(): void;
}

class BoundsTree extends RBush<BinEntry> {}

/** CSS px around a point annotation within which it is hit. */
const POINT_HIT_PX = 6;

export class Scene implements AnnotationScene, SceneState {
  readonly bins = new BinIndex();
  readonly interactive = new InteractiveScene();
  readonly #tree = new BoundsTree(16);
  readonly #view: SceneView;
  #selected: ReadonlySet<string> = new Set();
  style: SceneStyle = DEFAULT_STYLE;
  hidden: ReadonlySet<string> = new Set();
  plane = { z: 0, t: 0 };

  constructor(view: SceneView) {
    this.#view = view;
  }

  get size(): number {
    return this.bins.size;
  }

  put(items: readonly SceneItem[]): void {
    const added: BinEntry[] = [];
    for (const item of items) {
      const known = this.bins.get(item.id);
      if (known) this.#tree.remove(known);
      added.push(this.bins.put(item));
    }
    this.#tree.load(added);
    if (items.some((item) => this.#selected.has(item.id))) this.#showSelected();
    this.#view.redraw();
  }

  remove(ids: readonly string[]): void {
    for (const id of ids) {
      const entry = this.bins.remove(id);
      if (entry) this.#tree.remove(entry);
    }
    if (ids.some((id) => this.#selected.has(id))) this.#showSelected();
    this.#view.redraw();
  }

  clear(layerId?: string): void {
    const kept: SceneItem[] = [];
    if (layerId !== undefined) {
      for (const { item } of this.bins.entries) if (item.layerId !== layerId) kept.push(item);
    }
    this.#tree.clear();
    this.bins.clear();
    this.put(kept);
    this.#showSelected();
  }

  setSelected(ids: ReadonlySet<string>): void {
    this.#selected = ids;
    this.#showSelected();
    this.#view.redraw();
  }

  #showSelected(): void {
    const shapes = [];
    for (const id of this.#selected) {
      const item = this.bins.get(id)?.item;
      if (!item || this.hidden.has(item.layerId) || !onPlane(item.geometry, this.plane)) continue;
      shapes.push({ geometry: item.geometry, color: item.color });
    }
    this.interactive.set("selected", shapes);
  }

  setHidden(layerIds: ReadonlySet<string>): void {
    this.hidden = layerIds;
    this.#showSelected();
    this.#view.redraw();
  }

  setStyle(style: Partial<SceneStyle>): void {
    this.style = { ...this.style, ...style };
    this.#view.redraw();
  }

  setPlane(plane: { z: number; t: number }): void {
    this.plane = plane;
    this.#showSelected();
  }

  hitTest(screen: ScreenPoint, tolerancePx = 4): { id: string; layerId: string }[] {
    const point = this.#view.screenToImage(screen);
    const zoom = this.#view.zoom();
    const reach = Math.max(tolerancePx, POINT_HIT_PX) / zoom;
    const near = this.#tree.search({
      minX: point.x - reach,
      minY: point.y - reach,
      maxX: point.x + reach,
      maxY: point.y + reach,
    });
    const hits: { id: string; layerId: string; order: number; area: number }[] = [];
    for (const box of near) {
      const { item } = box;
      if (this.hidden.has(item.layerId) || !onPlane(item.geometry, this.plane)) continue;
      const tolerance =
        (item.geometry.kind === "point" ? Math.max(POINT_HIT_PX, tolerancePx) : tolerancePx) / zoom;
      if (!containsPoint(item.geometry, point) && distanceToOutline(item.geometry, point) > tolerance)
        continue;
      const area = (box.maxX - box.minX) * (box.maxY - box.minY);
      hits.push({ id: item.id, layerId: item.layerId, order: item.order ?? 0, area });
    }
    hits.sort((a, b) => b.order - a.order || a.area - b.area);
    return hits.map(({ id, layerId }) => ({ id, layerId }));
  }
}
