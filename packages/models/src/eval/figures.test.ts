import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join, parse } from "node:path";
import { describe, expect, it } from "vitest";
import { pairsOf } from "./dataset.ts";
import { scoreEverything, summariseEverything } from "./everything.ts";
import { type JobOptions, openNetworks, scoreImage } from "./job.ts";
import { summarise } from "./score.ts";

const repository = join(import.meta.dirname, "../../../..");
const data = join(process.env["COSCOPE_DATA"] ?? join(repository, "../shared/data"), "dsb2018");
const options: JobOptions = {
  task: "clicks",
  weights: null,
  decoder: "node",
  minArea: 20,
  clicksEvery: 6,
  settings: {},
};

// The whole figures are eval:masks' business; this notices when weights or code stop fitting together.
describe.skipIf(!existsSync(data))(
  "the network that ships, on a few held-out images (COSCOPE_DATA)",
  async () => {
    const split = JSON.parse(
      await readFile(join(import.meta.dirname, "../../training/split.json"), "utf8"),
    ) as {
      name: string;
      held: boolean;
    }[];
    const held = new Set(split.filter((r) => r.held).map((r) => parse(r.name).name));
    const { pairs } = await pairsOf(join(data, "images"), join(data, "labels"));
    const few = pairs.filter((p) => held.has(p.name)).slice(0, 5);

    it("outlines nuclei at a click, better with corrections, and finds most of them by itself", async () => {
      const networks = await openNetworks(options);
      const images = [];
      for (const pair of few) images.push(await scoreImage(networks, pair, options));
      const scores = images.flatMap((i) => i.scores);
      const summary = summarise(scores, images.length);
      expect(summary.miou1).toBeGreaterThan(0.8);
      expect(summary.miou1 - summary.miou1_random).toBeLessThan(0.05);
      expect(summary.box_miou).toBeGreaterThan(0.85);
      for (const { trace } of scores) if (trace.length) expect(Math.max(...trace)).toBeGreaterThan(0.6);
      const found = summariseEverything([await scoreEverything(networks, few[0]!, options)]);
      expect(found.ap50).toBeGreaterThan(0.6);
    }, 180_000);
  },
);
