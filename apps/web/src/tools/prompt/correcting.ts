import { partsOf } from "@coscope/annotations/shapes";
import { selectedAreas } from "../area.ts";
import type { Target, ToolHost, XY } from "../tool.ts";
import type { Refined } from "./object.ts";

/** Clicks further from the selected area than its own size, and than this, mean something else. */
const REACH_CSS = 24;
/** A correction looks at every pixel round the area: larger ones are regions to outline in, image px². */
const MOST_CORRECTED = 4096 ** 2;

/** The one selected area, where clicks correct it. */
export function correctedArea(host: ToolHost): Target | null {
  const areas = selectedAreas(host);
  const target = areas.length === 1 ? areas[0]! : null;
  if (!target) return null;
  const { minX, minY, maxX, maxY } = target.annotation.bounds;
  return (maxX - minX) * (maxY - minY) <= MOST_CORRECTED ? target : null;
}

/** What a click there corrects: the place is in the selected area or beside it. */
export function correctedAt(host: ToolHost, at: XY): Refined | null {
  const target = correctedArea(host);
  if (!target) return null;
  const { minX, minY, maxX, maxY } = target.annotation.bounds;
  const room = Math.max(REACH_CSS / host.zoom(), maxX - minX, maxY - minY);
  const near = at.x > minX - room && at.x < maxX + room && at.y > minY - room && at.y < maxY + room;
  return near ? { target, parts: partsOf(target.annotation.geometry) } : null;
}
