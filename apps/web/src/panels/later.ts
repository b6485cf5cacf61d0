import { loadImages } from "../pages/load-images.ts";
import { loadEditing } from "../session/later-actions.ts";
import { loadDrawing } from "../session/load-drawing.ts";

/** Parts that the first picture does not need. Loaded when the page has time, so that a press finds them there. */
export const loadChannels = () => import("./ChannelsPanel.tsx");
export const loadAngle = () => import("./AngleControls.tsx");
export const loadPlanes = () => import("./PlaneControls.tsx");
export const loadToolOptions = () => import("./ToolOptions.tsx");
export const loadRuler = () => import("./Ruler.tsx");
export const loadViews = () => import("./ViewsList.tsx");
export const loadTable = () => import("../objects/ObjectsTable.tsx");
export const loadHelp = () => import("./HelpDialog.tsx");
export const loadPalette = () => import("../palette/Palette.tsx");
export const loadCanvasMenu = () => import("../palette/CanvasMenu.tsx");

export function loadTheRest(): void {
  // Should this fail (no network, or the server was updated meanwhile), the press itself tries again and says so.
  for (const load of [
    loadChannels,
    loadAngle,
    loadRuler,
    loadViews,
    loadHelp,
    loadToolOptions,
    loadDrawing,
    loadEditing,
    loadPalette,
    loadCanvasMenu,
    loadImages,
  ])
    load().catch(() => {});
}
