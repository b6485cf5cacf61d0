/**
 * Crops of the demo slide's generator with their exact labels:
 * `node apps/sync-server/src/demo/training-crops.ts OUT [--count 300] [--for training|evaluation]`.
 *
 * For training: other seeds, four channels in the PNG's R, G, B and A (DAPI, membrane, cytoplasm, puncta) as square
 * roots of what lies over the window's start; `data.py` makes something unlike the demo of them. For evaluation: the
 * slide as it is served, at places that no training crop was taken from, DAPI alone, 16 bit.
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import sharp from "sharp";
import { hash2, unit } from "./random.ts";
import { ChunkRenderer } from "./render-chunk.ts";
import { CHANNELS, CHUNK, DEMO_SEED, SLIDE_SIZE } from "./slide-shape.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    count: { type: "string", default: "300" },
    for: { type: "string", default: "training" },
  },
});
const [out] = positionals;
const training = values.for === "training";
if (!out || !(Number(values.count) > 0) || (!training && values.for !== "evaluation")) {
  process.stderr.write("training-crops.ts OUT [--count N] [--for training|evaluation]\n");
  process.exit(2);
}

const SIZE = 256;
/** Places are kept apart in squares of this side, level-0 pixels: a quarter of them is for evaluation. */
const BLOCK = 8192;
const FEWEST = 6;
const LEVELS = [0, 0, 0, 0, 0, 1, 1, 1, 1, 2];
const SEEDS = training ? [1, 2, 3] : [DEMO_SEED];

function slice<T extends Uint16Array | Uint32Array>(chunk: T, quarter: number): T {
  const [x, y] = [(quarter & 1) * SIZE, (quarter >> 1) * SIZE];
  const part = chunk.slice(0, SIZE * SIZE) as T;
  for (let j = 0; j < SIZE; j++)
    part.set(chunk.subarray((y + j) * CHUNK + x, (y + j) * CHUNK + x + SIZE), j * SIZE);
  return part;
}

/** Ids to 1..n; null where there are few objects. */
function numbered(ids: Uint32Array): Uint16Array | null {
  const known = new Map<number, number>([[0, 0]]);
  const labels = Uint16Array.from(ids, (id) => {
    if (!known.has(id)) known.set(id, known.size);
    return known.get(id) as number;
  });
  return known.size > FEWEST ? labels : null;
}

const raw = { width: SIZE, height: SIZE } as const;
await mkdir(join(out, "images"), { recursive: true });
await mkdir(join(out, "labels"), { recursive: true });
const perSeed = Math.ceil(Number(values.count) / SEEDS.length);
let written = 0;
for (const seed of SEEDS) {
  const renderer = new ChunkRenderer(seed);
  const until = Math.min(Number(values.count), written + perSeed);
  const seen = new Set<string>();
  for (let n = 0; written < until; n++) {
    const level = LEVELS[n % LEVELS.length] as number;
    const chunks = (SLIDE_SIZE >> level) / CHUNK;
    const x = Math.floor(unit(hash2(seed, n, 1)) * chunks);
    const y = Math.floor(unit(hash2(seed, n, 2)) * chunks);
    const side = BLOCK / (CHUNK << level);
    const kept = unit(hash2(77, Math.floor(x / side), Math.floor(y / side))) < 0.25;
    if (kept === training || seen.has(`${level}/${y}/${x}`)) continue;
    seen.add(`${level}/${y}/${x}`);
    const at = { level, y, x };
    const ids = renderer.render({ ...at, kind: "labels", channel: 0 }) as Uint32Array;
    const quarters = [0, 1, 2, 3].flatMap((q) => {
      const labels = numbered(slice(ids, q));
      return labels ? [{ q, labels }] : [];
    });
    if (quarters.length === 0) continue;
    const planes = (training ? CHANNELS : CHANNELS.slice(0, 1)).map(
      (_, channel) => renderer.render({ ...at, kind: "image", channel }) as Uint16Array,
    );
    for (const { q, labels } of quarters) {
      if (written >= until) break;
      const name = `demo-${seed}-${level}-${y}-${x}-${q}.png`;
      const parts = planes.map((plane) => slice(plane, q));
      const image = training
        ? sharp(rootsOf(parts), { raw: { ...raw, channels: 4 } })
        : sharp(parts[0] as Uint16Array, { raw: { ...raw, channels: 1 } }).toColourspace("grey16");
      await image.png().toFile(join(out, "images", name));
      await sharp(labels, { raw: { ...raw, channels: 1 } })
        .toColourspace("grey16")
        .png()
        .toFile(join(out, "labels", name));
      written++;
    }
  }
}
process.stdout.write(`${written} crops in ${out}\n`);

function rootsOf(parts: readonly Uint16Array[]): Uint8Array {
  const roots = new Uint8Array(SIZE * SIZE * parts.length);
  parts.forEach((part, channel) => {
    const { start, end } = (CHANNELS[channel] as (typeof CHANNELS)[number]).window;
    for (let i = 0; i < part.length; i++) {
      const over = Math.max(0, (part[i] as number) - start) / (1.5 * (end - start));
      roots[i * parts.length + channel] = Math.round(255 * Math.sqrt(Math.min(1, over)));
    }
  });
  return roots;
}
