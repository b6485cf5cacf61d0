import { type Bench, lowerIsBetter, type Metric, quantile } from "./metric.ts";
import { ask, createArena } from "./viewer/browser.ts";
import type { ContrastChange } from "./viewer/page/main.ts";
import { type Contrast, colourOf, intensity, SLIDE } from "./viewer/slide.ts";

const PLACE = { cx: 16_500, cy: 16_300, zoom: 1 };
const COLORS = [0x4d7dff, 0x2ee66b, 0xff5a5a, 0xffd23f];
/** Steps of 1/255 that a colour may be off: one for our 8-bit rounding, one for the peer's on the server. */
const TOLERANCE = 2;

function contrast(step: number): Contrast[] {
  return COLORS.slice(0, SLIDE.channels).map((color, i) => ({
    visible: true,
    min: 200 + 37 * ((step * (i + 3)) % 17),
    max: 12_000 + 511 * ((step * (i + 5)) % 13),
    gamma: step % 3 === 0 ? 1 : 0.6 + 0.1 * (step % 7),
    color,
  }));
}

function expectedMiddle(settings: Contrast[]): number[] {
  const planes = settings.map((_, c) => [intensity(c, PLACE.cx, PLACE.cy)]);
  return colourOf(planes, 0, settings);
}

/**
 * What one change of contrast costs: requests, decodes, frames, and the time
 * until the whole picture shows it. The peer colours tiles on the server.
 */
export const bench: Bench = async ({ quick }) => {
  const rounds = quick ? 6 : 30;
  const arena = await createArena();
  try {
    const [ours, peer] = [await arena.enter("ours"), await arena.enter("peer")];
    const results = { ours: [] as ContrastChange[], peer: [] as ContrastChange[] };
    for (const page of [ours, peer]) await ask(page, "open", contrast(0), PLACE);
    // Side by side, so that whatever else the machine does falls on both.
    for (let step = 1; step <= rounds; step++) {
      const settings = contrast(step);
      for (const [who, page] of [
        ["ours", ours],
        ["peer", peer],
      ] as const) {
        results[who].push(await ask(page, "setContrast", settings));
        const middle = await ask(page, "middle");
        const expected = expectedMiddle(settings);
        if (middle.some((part, i) => Math.abs(part - expected[i]!) > TOLERANCE)) {
          throw new Error(`${who}, step ${step}: the middle is ${middle}, not ${expected}`);
        }
      }
    }
    const worst = (who: "ours" | "peer", of: keyof ContrastChange) =>
      Math.max(...results[who].map((r) => r[of]));
    const metrics: Metric[] = (["requests", "decodes", "frames"] as const).map((of) =>
      lowerIsBetter(`${of} per contrast change, most`, worst("ours", of), worst("peer", of), "count"),
    );
    const median = (who: "ours" | "peer") =>
      quantile(
        results[who].map((r) => r.ms),
        0.5,
      );
    metrics.push(
      lowerIsBetter("time until all of the picture shows it, median", median("ours"), median("peer"), "ms"),
    );
    if (worst("ours", "requests") + worst("ours", "decodes") > 0 || worst("ours", "frames") !== 1) {
      throw new Error(
        `a contrast change must cost 0 requests, 0 decodes and 1 frame: ${JSON.stringify(metrics)}`,
      );
    }
    return metrics;
  } finally {
    await arena.close();
  }
};
