import type { Workspace } from "../state/workspace.ts";
import type { Authors } from "./authors.ts";
import type { TableContext } from "./columns.ts";
import type { Intensities } from "./intensity.ts";
import { PIXELS, type Scale } from "./rows.ts";

/** Size of a pixel of the open image, in its unit; px where it has none. */
export function scaleOf(workspace: Pick<Workspace, "source">): Scale {
  const calibration = workspace.source.get()?.calibration;
  return calibration ? { x: calibration.x, y: calibration.y, unit: calibration.unit } : PIXELS;
}

/** What the columns know, as it is now. */
export function contextOf(
  workspace: Workspace,
  authors: Authors,
  intensities: () => Intensities | null,
): TableContext {
  const source = workspace.source.get();
  const classes = workspace.classes.get();
  const classNames = new Map(classes.map(({ id, name }) => [id, name]));
  const layerNames = new Map(workspace.layers.get().map(({ row }) => [row.id, row.name]));
  const authorNames = new Map<string, string>();
  return {
    scale: scaleOf(workspace),
    classes,
    channels: source?.channels.map(({ name }, i) => name || `Channel ${i + 1}`) ?? [],
    manyLayers: layerNames.size > 1,
    planes: (source?.sizeZ ?? 1) > 1 || (source?.sizeT ?? 1) > 1,
    className: (id) => (id === null ? "Unclassified" : (classNames.get(id) ?? "Unclassified")),
    layerName: (id) => layerNames.get(id) ?? "",
    authorName(id) {
      let name = authorNames.get(id);
      if (name === undefined) {
        name = authors.nameOf(id);
        authorNames.set(id, name);
      }
      return name;
    },
    intensity: (row, channel) => intensities()?.mean(row, channel) ?? null,
  };
}
