import type { Geometry } from "@coscope/annotations/geometry";
import type { ToolHost } from "../tool.ts";
import type { Hover } from "./hover.ts";
import type { InHand } from "./in-hand.ts";
import { polygon } from "./keep.ts";
import type { OutliningHost, Sketch } from "./outlining-host.ts";
import type { Review } from "./review.ts";

/** Clicks inside and outside, apart for every kind of colour vision. */
const INSIDE = 0x56b4e9;
const OUTSIDE = 0xe8591c;

/** Draws what is proposed, foreseen and suggested, and tells colleagues of the proposal. */
export function createPicture(
  host: ToolHost,
  page: OutliningHost,
  review: Review,
  hover: Pick<Hover, "shown">,
  inHand: InHand,
): { draw(options: { readonly away: boolean }): void } {
  let told: Geometry | null = null;

  function draw({ away }: { readonly away: boolean }): void {
    const { object, coming } = inHand;
    const shapes: Sketch[] = review.shapes();
    // While the button is down, what a click there would make of it.
    const expected = coming?.expected ?? null;
    const subject = expected ? coming : object;
    const target = subject?.refined?.target ?? null;
    const plane = target?.annotation.geometry.plane ?? host.plane();
    const parts = (expected ?? object?.shown)?.parts ?? [];
    const geometry = parts.length > 0 ? polygon(parts, plane) : null;
    const classId = target ? target.annotation.classId : host.activeClassId();
    if (geometry) shapes.push({ geometry, color: page.colorOf(classId) });
    for (const p of object?.prompts ?? [])
      if (p.kind === "point")
        shapes.push({
          geometry: { kind: "point", plane, x: p.x, y: p.y },
          color: p.inside ? INSIDE : OUTSIDE,
        });
    // Until the answer is there: a click changes nothing but its line.
    if (!geometry && !object?.answer && !review.searching && hover.shown && !away)
      shapes.push({
        geometry: polygon(hover.shown.parts, plane),
        color: page.colorOf(host.activeClassId()),
        dashed: true,
      });
    tell();
    page.sketch(shapes);
  }

  /** Colleagues see a proposal as a ghost; a preview under the pointer is nobody else's business. */
  function tell(): void {
    const { object } = inHand;
    const parts = object?.shown?.parts ?? [];
    const plane = object?.refined?.target.annotation.geometry.plane ?? host.plane();
    const geometry = parts.length > 0 ? polygon(parts, plane) : null;
    const same = told !== null && geometry !== null && partsEqual(told, geometry);
    if (same || (!told && !geometry)) return;
    told = geometry;
    const layerId = object?.refined?.target.layerId ?? host.activeLayerId();
    if (!geometry || !layerId || !object) {
      host.preview([]);
      return;
    }
    const { refined } = object;
    // What was made of pixels that stay here stays here as well, until it is kept.
    const own = page.remember.private;
    const classId = refined ? refined.target.annotation.classId : host.activeClassId();
    host.preview([
      {
        geometry,
        layerId,
        classId,
        ...(refined && { id: refined.target.annotation.id }),
        ...(own && { own }),
      },
    ]);
  }

  return { draw };
}

function partsEqual(a: Geometry, b: Geometry): boolean {
  return a.kind === "polygon" && b.kind === "polygon" && a.parts === b.parts;
}
