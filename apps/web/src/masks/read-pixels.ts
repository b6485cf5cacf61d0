import {
  type Cell,
  type ImageStatistics,
  type Manifest,
  measureStatistics,
  type Planes,
  readRegion,
} from "@coscope/models";
import type { ImageSource } from "@coscope/viewer/source";
import type { Scene } from "./protocol.ts";

const measured = new WeakMap<ImageSource, Map<string, Promise<ImageStatistics>>>();

/** Private mode: a cell as the network takes it, read by the page's own reader, normalised as the server would. */
export async function readPixels(
  source: ImageSource,
  cell: Cell,
  { z, t, channels }: Scene,
  normalisation: Manifest["normalisation"],
): Promise<Planes> {
  const known = measured.get(source) ?? new Map<string, Promise<ImageStatistics>>();
  measured.set(source, known);
  const key = channels.join();
  let statistics = known.get(key);
  if (!statistics) {
    statistics = measureStatistics(source, channels, normalisation);
    known.set(key, statistics);
    statistics.catch(() => known.delete(key));
  }
  const ranges = (await statistics).channels;
  return readRegion(source, cell, { z, t, channels }, ranges);
}
