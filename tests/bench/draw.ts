import { brushScene } from "./draw/brush.ts";
import type { Bench } from "./metric.ts";

/** Drawing by hand in the real page. */
export const bench: Bench = async ({ quick }) => [...(await brushScene(quick))];
