import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readImage, readLabels } from "./dataset.ts";

const MAIN = join(import.meta.dirname, "main.ts");
let dir: string;
const folder = async (name: string) => {
  await mkdir(join(dir, name), { recursive: true });
  return join(dir, name);
};

function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, ...args], { maxBuffer: 1e7 }, (error, out, err) =>
      resolve({ code: typeof error?.code === "number" ? error.code : 0, out, err }),
    );
  });
}

/** Bright discs on dark ground, and their labels. */
function picture(
  width: number,
  height: number,
  depth: "uchar" | "ushort",
  channels: 1 | 3,
  inverted = false,
) {
  const most = depth === "uchar" ? 255 : 4095;
  const values =
    depth === "uchar"
      ? new Uint8Array(width * height * channels)
      : new Uint16Array(width * height * channels);
  const labels = new Uint16Array(width * height);
  for (let i = 0; i < labels.length; i++) {
    const [x, y] = [i % width, Math.floor(i / width)];
    const [cx, cy] = [Math.floor(x / 50) * 50 + 25, Math.floor(y / 50) * 50 + 25];
    const on = Math.hypot(x + 0.5 - cx, y + 0.5 - cy) < 13;
    if (on) labels[i] = 300 + Math.floor(y / 50) * 20 + Math.floor(x / 50);
    for (let c = 0; c < channels; c++)
      values[i * channels + c] = Math.round(most * (on !== inverted ? 0.7 : 0.15)) + ((x * 7 + y * 3) % 9);
  }
  return { values, labels };
}
async function write(
  path: string,
  data: Uint8Array | Uint16Array,
  width: number,
  height: number,
  channels: 1 | 3,
) {
  const picture = sharp(data, { raw: { width, height, channels } });
  const space =
    data instanceof Uint16Array ? (channels === 1 ? "grey16" : "rgb16") : channels === 1 ? "b-w" : "srgb";
  await picture.toColourspace(space).toFile(path);
}

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "coscope-eval-"));
});
afterAll(() => rm(dir, { recursive: true }));

/** These start processes that load the networks: seconds alone, more beside a whole test run. */
const PATIENCE = 180_000;

describe("eval:masks", { timeout: PATIENCE }, () => {
  it("says how well the network that ships outlines plain discs, in 8 and 16 bit, grey and colour, bright and dark", async () => {
    const [images, labels] = [await folder("images"), await folder("labels")];
    const kinds = [
      ["grey8.png", "uchar", 1, false],
      ["grey16.tif", "ushort", 1, false],
      ["dark-on-bright.png", "uchar", 3, true],
      ["colour16.png", "ushort", 3, false],
    ] as const;
    for (const [name, depth, channels, inverted] of kinds) {
      const p = picture(150, 100, depth, channels, inverted);
      await write(join(images, name), p.values, 150, 100, channels);
      await write(join(labels, name.replace(".tif", ".png")), p.labels, 150, 100, 1);
    }
    await writeFile(join(images, "README.md"), "not an image");
    await write(join(images, "unlabelled.png"), new Uint8Array(64), 8, 8, 1);
    const json = join(dir, "out.json");
    const { code, out, err } = await run(
      "--images",
      images,
      "--labels",
      labels,
      "--json",
      json,
      "--threads",
      "1",
    );
    expect(err).toContain("unlabelled");
    expect(code).toBe(0);
    const lines = out
      .trim()
      .split("\n")
      .map((l) => JSON.parse(l));
    expect(lines.slice(0, -1).map((l) => l.image)).toEqual(["colour16", "dark-on-bright", "grey16", "grey8"]);
    const summary = lines.at(-1);
    expect(Object.keys(summary)).toEqual([
      "miou1",
      "miou1_random",
      "at50",
      "at75",
      "at85",
      "noc85",
      "noc90",
      "box_miou",
      "images",
      "objects",
    ]);
    expect(summary).toMatchObject({ images: 4, objects: 24 });
    expect(summary.miou1).toBeGreaterThan(0.85);
    expect(summary.miou1_random).toBeGreaterThan(0.8);
    expect(summary.noc85).toBeLessThan(2);
    const file = JSON.parse(await readFile(json, "utf8"));
    expect(file.summary).toEqual(summary);
    expect(file.images[0].scores.length).toBe(6);

    const all = await run("--images", images, "--labels", labels, "--everything", "--limit", "1");
    const found = JSON.parse(all.out.trim().split("\n").at(-1) as string);
    expect(found).toMatchObject({ images: 1, objects: 6, baseline_ap50: 1 });
    expect(found.ap50).toBeGreaterThan(0.8);
  });

  it("keeps label numbers above 255, and takes grey written as colour", async () => {
    const p = picture(50, 50, "uchar", 1);
    await write(join(dir, "l16.png"), p.labels, 50, 50, 1);
    expect(new Set((await readLabels(join(dir, "l16.png"))).data)).toEqual(new Set([0, 300]));
    const grey = Uint8Array.from({ length: 12 }, (_, i) => Math.floor(i / 3));
    await write(join(dir, "grey-rgb.png"), grey, 2, 2, 3);
    expect([...(await readLabels(join(dir, "grey-rgb.png"))).data]).toEqual([0, 1, 2, 3]);
    await sharp(Uint8Array.of(9, 9, 9, 0, 8, 8, 8, 255), { raw: { width: 2, height: 1, channels: 4 } })
      .png()
      .toFile(join(dir, "rgba.png"));
    expect(await readImage(join(dir, "rgba.png"))).toMatchObject({ channels: 3, width: 2 });
  });

  it("says what is wrong with what it was given", async () => {
    const [images, labels] = [await folder("bad-images"), await folder("bad-labels")];
    expect(await run()).toMatchObject({ code: 2, err: expect.stringContaining("--images DIR") });
    expect(await run("--images", images, "--labels", labels, "--limit", "-3")).toMatchObject({
      code: 2,
      err: expect.stringContaining("--limit"),
    });
    expect(await run("--images", images, "--labels", join(dir, "none"))).toMatchObject({
      code: 1,
      err: expect.stringMatching(/a folder of labels/),
    });
    expect(await run("--images", images, "--labels", labels)).toMatchObject({
      code: 1,
      err: expect.stringMatching(/no name in both/),
    });
    await writeFile(join(images, "a.png"), "this is no picture");
    await write(join(labels, "a.png"), new Uint16Array(64), 8, 8, 1);
    expect(await run("--images", images, "--labels", labels)).toMatchObject({
      code: 1,
      err: expect.stringMatching(/a\.png/),
    });
    await write(join(images, "a.png"), new Uint8Array(48), 8, 6, 1);
    expect(await run("--images", images, "--labels", labels)).toMatchObject({
      code: 1,
      err: expect.stringMatching(/8 × 6.*got 8 × 8/),
    });
    expect(await run("--images", images, "--labels", labels, "--weights", dir)).toMatchObject({
      code: 1,
      err: expect.stringMatching(/weights-missing/),
    });
  });
});
