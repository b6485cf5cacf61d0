import { type AnnotationId, boundsOf, newStamp, onPlane, translateGeometry } from "@coscope/annotations";
import type { Pasted } from "../interchange/pasted.ts";
import type { SelectionActions } from "../state/selection-actions.ts";
import type { Target } from "../tools/tool.ts";
import { type Addition, copiedAttributes } from "./change-annotations.ts";
import { type Clip, type ClipItem, keepClip, recallClip } from "./clip.ts";
import { copyText } from "./clipboard.ts";
import {
  addAndSelect,
  change,
  changeableTargets,
  counted,
  refuse,
  type SelectionContext,
  selectionTargets,
} from "./selection-context.ts";

/** How far from its original a copy in the same place lies, CSS px. */
const OFFSET_CSS = 14;
/** Member of our GeoJSON that names the clip. Other programs skip it. */
const MARK = "coscopeClip";

/** Copy, cut and paste: within an image, between layers, images and tabs, and from other programs' GeoJSON. */
export function createClipboardActions(
  context: SelectionContext,
): Pick<SelectionActions, "copySelection" | "cutSelection" | "pasteAnnotations"> {
  const { engine, rows, layers, announce } = context;

  async function copy(targets: readonly Target[], done: string): Promise<void> {
    if (targets.length === 0) return;
    const clip: Clip = { id: newStamp(), items: targets.map(itemOf) };
    keepClip(clip);
    announce(counted(targets.length, done));
    // Without it other tabs of this browser can paste all the same.
    const interchange = await import("@coscope/annotations/interchange").catch(() => null);
    if (!interchange) return;
    const annotations = targets.map(({ annotation }) => annotation);
    const file = interchange.encodeGeoJson(annotations, { classes: rows.classes.get() });
    await copyText(JSON.stringify({ ...file, [MARK]: clip.id }));
  }

  function itemOf({ annotation }: Target): ClipItem {
    const { id, geometry, classId, label } = annotation;
    const className = engine.classOf(classId)?.name ?? null;
    return { from: id, geometry, classId, className, label, attributes: copiedAttributes(annotation) };
  }

  async function paste(text?: string) {
    if (!engine.mayDraw()) return;
    const pasted = await itemsOf(text ?? (await systemText()));
    if (!pasted || pasted.items.length === 0)
      return refuse(
        context,
        pasted?.notes.join(" ") || "There are no annotations to paste. Copy some first, or GeoJSON as text.",
      );
    const { items } = pasted;
    const classOf = await classesFor(items);
    const layerId = layers.active.get();
    if (layerId === null) return;
    const unknown = new Set<string>();
    const add = place(items, layerId).map(({ item, geometry }): Addition => {
      const classId = classOf(item);
      if (classId === null && item.className !== null) unknown.add(item.className);
      return { layerId, geometry, classId, label: item.label, attributes: item.attributes };
    });
    if (!addAndSelect(context, add, "pasted")) return;
    const notes = [...pasted.notes];
    if (unknown.size > 0) {
      const names = [...unknown].slice(0, 3).join(", ") + (unknown.size > 3 ? " and others" : "");
      notes.push(`This project has no class ${names}: pasted as Unclassified.`);
    }
    if (notes.length > 0) context.notices.say({ id: "pasted", tone: "info", text: notes.join(" ") });
  }

  /** The clip that the text names, what the text itself holds, or what was copied last. */
  async function itemsOf(text: string): Promise<Pasted | null> {
    const clip = recallClip();
    const kept = clip && { items: clip.items, notes: [] };
    if (clip && text.includes(`"${MARK}":"${clip.id}"`)) return kept;
    const start = text.trimStart().charAt(0);
    if (start !== "{" && start !== "[") return kept;
    return (await import("../interchange/pasted.ts")).pastedFrom(text) ?? kept;
  }

  /** The same class, one that the name or a synonym means, or none. */
  async function classesFor(items: readonly ClipItem[]): Promise<(item: ClipItem) => string | null> {
    const known = new Set(rows.classes.get().map(({ id }) => id));
    const isHere = ({ classId }: ClipItem) => classId !== null && known.has(classId);
    const names = new Set(items.flatMap((item) => (isHere(item) ? [] : (item.className ?? []))));
    const matched =
      names.size === 0
        ? new Map<string, string>()
        : (await import("@coscope/annotations/interchange")).matchClasses(names, rows.classes.get());
    return (item) => (isHere(item) ? item.classId : (matched.get(item.className ?? "") ?? null));
  }

  /** On this plane (several planes: from this one on), where they were, or in view where the image has no such place. */
  function place(items: readonly ClipItem[], layerId: string) {
    const shift = shiftFor(items, layerId);
    const here = engine.stores.plane.get();
    const source = engine.stores.source.get();
    const first = (axis: "z" | "t") =>
      items.reduce((least, { geometry: { plane } }) => {
        const at = plane[axis];
        return at === "all" ? least : Math.min(least, at);
      }, Number.POSITIVE_INFINITY);
    const [z, t] = [first("z"), first("t")];
    const moved = (was: number | "all", from: number, to: number, size: number) =>
      was === "all" ? was : Math.min(size - 1, was - from + to);
    return items.map((item) => {
      const from = item.geometry.plane;
      const plane = {
        z: moved(from.z, z, here.z, source?.sizeZ ?? 1),
        t: moved(from.t, t, here.t, source?.sizeT ?? 1),
      };
      return { item, geometry: translateGeometry({ ...item.geometry, plane }, shift.x, shift.y) };
    });
  }

  function shiftFor(items: readonly ClipItem[], layerId: string): { x: number; y: number } {
    const box = items
      .map(({ geometry }) => boundsOf(geometry))
      .reduce((a, b) => ({
        minX: Math.min(a.minX, b.minX),
        minY: Math.min(a.minY, b.minY),
        maxX: Math.max(a.maxX, b.maxX),
        maxY: Math.max(a.maxY, b.maxY),
      }));
    const source = engine.stores.source.get();
    const inside =
      !source || (box.minX >= 0 && box.minY >= 0 && box.maxX <= source.width && box.maxY <= source.height);
    if (!inside) {
      const { cx, cy } = engine.stores.camera.get();
      return { x: cx - (box.minX + box.maxX) / 2, y: cy - (box.minY + box.maxY) / 2 };
    }
    // Exactly over its original a copy could not be seen.
    const covers = items.some(({ from }) => lies(from, layerId));
    const offset = covers ? OFFSET_CSS / context.zoom() : 0;
    return { x: offset, y: offset };
  }

  function lies(id: AnnotationId, layerId: string): boolean {
    const found = layers.live(layerId)?.get(id);
    return found !== undefined && onPlane(found.geometry, engine.stores.plane.get());
  }

  return {
    copySelection: () => copy(selectionTargets(context), "copied"),
    async cutSelection() {
      const targets = changeableTargets(context);
      if (targets.length === 0) return;
      const copied = copy(targets, "cut");
      change(context, { remove: targets });
      await copied;
    },
    pasteAnnotations: paste,
  };
}

/** What the system's clipboard holds, where the page may ask. */
async function systemText(): Promise<string> {
  try {
    return (await navigator.clipboard?.readText()) ?? "";
  } catch {
    return "";
  }
}
