import type { ViewPixels } from "@coscope/viewer";
import type { ImageBox, ToolHost } from "../tool.ts";
import type { SeenPixels } from "./pixel-jobs.ts";

/** What is on screen, and a little more: what lies just outside decides where an edge goes on. */
const MARGIN = 0.1;

/** How far an outline may be from what was traced, CSS px. */
export const OUTLINE_TOLERANCE_CSS = 0.5;

/** The visible channels on screen; null where no image is, or no channel is shown. Throws where it cannot be read. */
export async function readSeen(
  host: ToolHost,
  signal: AbortSignal,
  also?: ImageBox,
): Promise<SeenPixels | null> {
  const { minX, minY, maxX, maxY } = host.visible();
  const [dx, dy] = [(maxX - minX) * MARGIN, (maxY - minY) * MARGIN];
  const part = {
    minX: Math.min(minX - dx, also?.minX ?? minX),
    minY: Math.min(minY - dy, also?.minY ?? minY),
    maxX: Math.max(maxX + dx, also?.maxX ?? maxX),
    maxY: Math.max(maxY + dy, also?.maxY ?? maxY),
  };
  const seen = await host.readView(part, { signal });
  return seen && seen.channels.length > 0 ? toSeen(seen) : null;
}

function toSeen({ x, y, scaleX, scaleY, width, height, channels, goesOn }: ViewPixels): SeenPixels {
  return { x, y, scaleX, scaleY, width, height, goesOn, channels: channels.map(({ samples }) => samples) };
}
