import { readFile, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { parse, resolve } from "node:path";
import { parseArgs } from "node:util";
import { type Pair, pairsOf } from "./dataset.ts";
import { type EverythingScore, summariseEverything } from "./everything.ts";
import type { ImageScore, JobOptions } from "./job.ts";
import { runAll } from "./pool.ts";
import { summarise } from "./score.ts";

const USAGE = `npm run eval:masks -- --images DIR --labels DIR [options]

Clicks on every object of every image, through the network that ships, and says how well it is outlined.
DIR/NAME.png: images (grey or RGB, 8 or 16 bit) and label images (0 outside, one number an object).

  --json FILE       everything, object by object
  --limit N         the first N images only
  --everything      instead of clicks: "everything in this region" on whole images, beside threshold + watershed
  --decoder wasm    the page's WebAssembly runtime instead of onnxruntime-node (same masks, about four times slower)
  --clicks-every N  count clicks to IoU 0.85 and 0.90 on every N-th object only (default 1: on all)
  --min-area N      objects of fewer px are left out (default 20)
  --split FILE      only images that FILE marks as held out (packages/models/training/split.json)
  --trained         with --split: the others instead
  --weights DIR     another folder of weights
  --settings JSON   to try: how levels are chosen and joined, {"blendBelow": 0} for instance (src/settings.ts)
  --threads N       worker threads (default: one a core, 8 at most)

One line of JSON an image, the summary last.`;

class UsageError extends Error {}

function options() {
  try {
    const { values } = parseArgs({
      options: {
        images: { type: "string" },
        labels: { type: "string" },
        json: { type: "string" },
        limit: { type: "string" },
        decoder: { type: "string", default: "node" },
        "clicks-every": { type: "string", default: "1" },
        "min-area": { type: "string", default: "20" },
        split: { type: "string" },
        trained: { type: "boolean", default: false },
        weights: { type: "string" },
        threads: { type: "string" },
        settings: { type: "string", default: "{}" },
        everything: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    if (values.help) {
      console.log(USAGE);
      process.exit(0);
    }
    const whole = (name: string, text: string | undefined, otherwise: number) => {
      if (text === undefined) return otherwise;
      if (!/^[1-9]\d{0,8}$/.test(text))
        throw new UsageError(`--${name} takes a whole number from 1, got "${text}".`);
      return Number(text);
    };
    if (!values.images || !values.labels) throw new UsageError("--images DIR and --labels DIR are needed.");
    if (values.decoder !== "node" && values.decoder !== "wasm")
      throw new UsageError(`--decoder takes node or wasm, got "${values.decoder}".`);
    const job: JobOptions = {
      task: values.everything ? "everything" : "clicks",
      weights: values.weights ? resolve(values.weights) : null,
      decoder: values.decoder,
      minArea: whole("min-area", values["min-area"], 20),
      clicksEvery: whole("clicks-every", values["clicks-every"], 1),
      settings: JSON.parse(values.settings) as JobOptions["settings"],
    };
    return {
      job,
      images: resolve(values.images),
      labels: resolve(values.labels),
      json: values.json ? resolve(values.json) : null,
      limit: whole("limit", values.limit, Number.POSITIVE_INFINITY),
      split: values.split ? resolve(values.split) : null,
      held: !values.trained,
      threads: whole("threads", values.threads, Math.min(8, availableParallelism())),
    };
  } catch (error) {
    throw error instanceof UsageError ? error : new UsageError((error as Error).message);
  }
}

async function main(): Promise<void> {
  const { job, images, labels, json, limit, split, held, threads } = options();
  let { pairs, unpaired } = await pairsOf(images, labels);
  if (unpaired.length)
    console.error(
      `Left out, no partner of the same name: ${unpaired.slice(0, 5).join(", ")}${unpaired.length > 5 ? ` and ${unpaired.length - 5} more` : ""}.`,
    );
  if (split) {
    const rows = JSON.parse(await readFile(split, "utf8")) as { name: string; held: boolean }[];
    const wanted = new Set(rows.filter((r) => r.held === held).map((r) => parse(r.name).name));
    pairs = pairs.filter((p) => wanted.has(p.name));
    if (pairs.length === 0)
      throw new Error(`${split} ${held ? "holds out" : "trains on"} none of these images.`);
  }
  pairs = pairs.slice(0, limit);
  const through = <Score>(row: (score: Score) => unknown) =>
    runAll<Pair, Score>(new URL("./worker.ts", import.meta.url), job, pairs, threads, (r) =>
      console.log(JSON.stringify(row(r))),
    );
  const finish = async (summary: unknown, all: unknown) => {
    if (json) await writeFile(json, `${JSON.stringify({ summary, images: all }, null, 1)}\n`);
    console.log(JSON.stringify(summary));
  };
  if (job.task === "everything") {
    const all = await through<EverythingScore>((r) => {
      const { images: _, ...row } = summariseEverything([r]);
      return { image: r.name, ...row };
    });
    return finish(summariseEverything(all), all);
  }
  const all = await through<ImageScore>((r) => {
    const { images: _, ...row } = summarise(r.scores, 1);
    return { image: r.name, ...row };
  });
  const scores = all.flatMap((r) => r.scores);
  await finish(summarise(scores, all.length), all);
}

main().catch((error: unknown) => {
  console.error(
    error instanceof UsageError ? `${error.message}\n\n${USAGE}` : `eval:masks: ${(error as Error).message}`,
  );
  process.exitCode = error instanceof UsageError ? 2 : 1;
});
