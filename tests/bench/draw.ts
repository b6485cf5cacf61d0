import { booleanScene } from "./draw/booleans.ts";
import { brushScene } from "./draw/brush.ts";
import { layerScene } from "./draw/layer.ts";
import { tableScene } from "./draw/table.ts";
import type { Bench } from "./metric.ts";

/** Drawing by hand, and the table of everything, in the real page. */
export const bench: Bench = async ({ quick }) => [
  ...booleanScene(quick),
  ...layerScene(quick),
  ...(await brushScene(quick)),
  ...(await tableScene(quick)),
];
