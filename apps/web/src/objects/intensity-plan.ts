import type { ImageRect } from "@coscope/annotations";
import type { ImageLevel, ImageSource } from "@coscope/viewer/source";
import type { ObjectRow } from "./rows.ts";

/** A shape this long on a level, px, is read from the next coarser one: a region is no thousand tiles. */
const LONGEST = 1024;

type Levels = Pick<ImageSource, "levels" | "sizeZ" | "sizeT">;

/** Which level a shape is measured on: the finest on which it is not too large. */
export function levelFor(levels: readonly ImageLevel[], { minX, minY, maxX, maxY }: ImageRect): number {
  const found = levels.findIndex(
    ({ downsampleX, downsampleY }) =>
      (maxX - minX) / downsampleX <= LONGEST && (maxY - minY) / downsampleY <= LONGEST,
  );
  return found === -1 ? levels.length - 1 : found;
}

export interface TileTask {
  readonly level: number;
  readonly x: number;
  readonly y: number;
  readonly z: number;
  readonly t: number;
  readonly rows: ObjectRow[];
}

/** The tiles that hold the shapes, each once with all shapes that reach into it. `plane`: for shapes on all planes. */
export function planTiles(
  rows: Iterable<ObjectRow>,
  { levels, sizeZ, sizeT }: Levels,
  plane: { readonly z: number; readonly t: number },
): TileTask[] {
  const tasks = new Map<string, TileTask>();
  for (const row of rows) {
    const { bounds, geometry } = row.annotation;
    if (geometry.kind === "polyline") continue;
    const index = levelFor(levels, bounds);
    const level = levels[index]!;
    const z = Math.min(sizeZ - 1, geometry.plane.z === "all" ? plane.z : geometry.plane.z);
    const t = Math.min(sizeT - 1, geometry.plane.t === "all" ? plane.t : geometry.plane.t);
    const span = (min: number, max: number, downsample: number, size: number, tile: number) => {
      const last = Math.ceil(size / tile) - 1;
      const at = (value: number) => Math.floor(value / downsample / tile);
      return [Math.max(0, at(min)), Math.min(last, at(max))] as const;
    };
    const [x0, x1] = span(bounds.minX, bounds.maxX, level.downsampleX, level.width, level.tileWidth);
    const [y0, y1] = span(bounds.minY, bounds.maxY, level.downsampleY, level.height, level.tileHeight);
    for (let y = y0; y <= y1; y++) {
      for (let x = x0; x <= x1; x++) {
        const key = `${index}/${z}/${t}/${y}/${x}`;
        const task = tasks.get(key);
        if (task) task.rows.push(row);
        else tasks.set(key, { level: index, x, y, z, t, rows: [row] });
      }
    }
  }
  return [...tasks.values()];
}

/** `full resolution`, `1/4 of the resolution` */
export function resolutionText(level: ImageLevel | undefined): string {
  const downsample = Math.round(level?.downsampleX ?? 1);
  return downsample <= 1 ? "full resolution" : `1/${downsample} of the resolution`;
}
