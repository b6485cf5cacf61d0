import { type Parts, partsOfMask, rasterise } from "@coscope/annotations/shapes";
import { type Cell, LocalImage, type Planes, type Prompt } from "@coscope/models";
import * as ort from "onnxruntime-web";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { createEngine, type EngineHost } from "./engine.ts";
import { maskErrorOf } from "./errors.ts";
import { pixelIou } from "./outline.ts";
import type { ModelRow, Scene } from "./protocol.ts";

// By a name that the page's types, which know no Node, do not look up.
const node = "node:fs/promises";
const { readFile } = (await import(node)) as { readFile(file: URL): Promise<Uint8Array<ArrayBuffer>> };
const weights = new URL("../../../../packages/models/weights/", import.meta.url);
const SIZE = 320;
/** Round nuclei on a dark ground: centre x, y and radius. */
const NUCLEI = [
  [60, 60, 14],
  [150, 70, 18],
  [240, 90, 12],
  [80, 180, 16],
  [180, 190, 22],
  [262, 214, 15],
  [120, 270, 13],
] as const;
const around = { signal: new AbortController().signal, progress: () => {} };

function picture(side: number = SIZE, nuclei: readonly (readonly number[])[] = NUCLEI): Planes {
  const data = new Float32Array(3 * side * side);
  let seed = 7;
  for (let i = 0; i < side * side; i++) {
    const [x, y] = [(i % side) + 0.5, Math.floor(i / side) + 0.5];
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    const noise = (seed / 2 ** 31 - 0.5) * 0.06;
    const depth = Math.max(...nuclei.map(([cx, cy, r]) => r! - Math.hypot(x - cx!, y - cy!)));
    const v = 0.08 + 0.62 / (1 + Math.exp(-1.6 * depth)) + noise;
    for (let c = 0; c < 3; c++) data[c * side * side + i] = Math.min(1, Math.max(0, v));
  }
  return { channels: 3, width: side, height: side, data };
}

const WHOLE = { x: 0, y: 0, width: SIZE, height: SIZE };
const disc = (k: number) => {
  const [cx, cy, r] = NUCLEI[k]!;
  return Uint8Array.from({ length: SIZE * SIZE }, (_, i) =>
    Math.hypot((i % SIZE) + 0.5 - cx, Math.floor(i / SIZE) + 0.5 - cy) < r ? 1 : 0,
  );
};
const iouWith = (k: number, parts: Parts) => pixelIou(rasterise(parts, WHOLE), disc(k));
const click = (x: number, y: number, inside = true) => ({ kind: "point", x, y, inside }) as const;

describe("the engine, with the network that ships", () => {
  let model: ModelRow;
  let image: LocalImage;
  let encodes: Cell[];
  let host: EngineHost;
  let scene: Scene;

  beforeAll(async () => {
    ort.env.wasm.numThreads = 1;
    const manifest = JSON.parse(new TextDecoder().decode(await readFile(new URL("manifest.json", weights))));
    model = {
      id: manifest.id,
      name: manifest.title,
      family: "coscope",
      default: true,
      ready: true,
      ...manifest,
      manifest,
    };
    image = new LocalImage(picture());
    encodes = [];
    host = {
      async fetch(url) {
        const [, which] = /files\/(\w+)\.onnx/.exec(url) ?? [];
        if (!which) throw new Error(`asked for ${url}`);
        return new Response(await readFile(new URL(`${which}.onnx`, weights)));
      },
      runtime: async () => ({ ort, threads: 1 }),
      gpuRuntime: async () => null,
      tried: () => {},
      async pixels(cell) {
        encodes.push(cell);
        const whole = image.level(cell.scale);
        expect([cell.width, cell.height]).toEqual([whole.width, whole.height]);
        return whole;
      },
      waiting: () => {},
      breathe: () => new Promise((resolve) => setTimeout(resolve)),
    };
    scene = { imageId: "i", width: SIZE, height: SIZE, z: 0, t: 0, channels: [0], model, private: true };
  });

  async function ready(changes: Partial<EngineHost> = {}, other: Partial<Scene> = {}) {
    const engine = createEngine({ ...host, ...changes });
    await engine.use({ ...scene, ...other }, around);
    return engine;
  }
  const propose = (engine: Awaited<ReturnType<typeof ready>>, prompts: readonly Prompt[]) =>
    engine.propose({ object: 1, prompts, previous: null, tolerancePx: 0.25 }, around);

  test("a click outlines the nucleus under it; a region is encoded once", async () => {
    const engine = await ready();
    expect(await engine.hover({ x: 150, y: 70, tolerancePx: 0.25 }, around)).toBeNull();
    encodes.length = 0;
    for (const k of [0, 1, 4]) {
      const [x, y] = NUCLEI[k]!;
      const { candidates, region } = await propose(engine, [click(x, y)]);
      expect(iouWith(k, candidates[0]!.parts)).toBeGreaterThan(0.85);
      expect(region).toEqual({ scale: 1, x: 0, y: 0 });
    }
    expect(encodes.map(({ scale }) => scale).sort()).toEqual([1, 2]);
    const [x, y] = NUCLEI[3]!;
    const preview = await engine.hover({ x, y, tolerancePx: 0.25 }, around);
    expect(iouWith(3, preview!.parts)).toBeGreaterThan(0.85);
  });

  test("clicks end on the side that they are meant for, and a box holds its object", async () => {
    const engine = await ready();
    const first = await propose(engine, [click(180, 190)]);
    const prompts = [click(180, 190), click(180, 174, false)];
    const second = await engine.propose(
      { object: 1, prompts, previous: { id: first.id, candidate: 0 }, tolerancePx: 0.25 },
      around,
    );
    const { data } = rasterise(second.candidates[0]!.parts, WHOLE);
    expect(data[174 * SIZE + 180]).toBe(0);
    expect(data[190 * SIZE + 180]).toBe(1);
    const boxed = await propose(engine, [{ kind: "box", minX: 46, minY: 162, maxX: 98, maxY: 198 }]);
    expect(iouWith(3, boxed.candidates[0]!.parts)).toBeGreaterThan(0.85);
  });

  test("clicks correct a drawn outline where they are, and leave the rest of it alone", async () => {
    const engine = await ready();
    // The nucleus without its right third, and with a tail that a person wanted.
    const [cx, cy] = NUCLEI[4]!;
    const drawn = disc(4);
    for (let i = 0; i < drawn.length; i++) {
      const [x, y] = [i % SIZE, Math.floor(i / SIZE)];
      if (x > cx + 6) drawn[i] = 0;
      if (x > cx - 40 && x < cx - 10 && y > cy - 3 && y < cy + 3) drawn[i] = 1;
    }
    const parts = partsOfMask({ ...WHOLE, data: drawn });
    const before = iouWith(4, parts);
    const { candidates } = await engine.refine(
      { parts, clicks: [click(cx + 14, cy)], tolerancePx: 0.25 },
      around,
    );
    const after = rasterise(candidates[0]!.parts, WHOLE);
    expect(pixelIou(after, disc(4))).toBeGreaterThan(before + 0.1);
    expect(after.data[cy * SIZE + cx - 35]).toBe(1);
    const cut = await engine.refine(
      { parts: candidates[0]!.parts, clicks: [click(cx - 34, cy, false)], tolerancePx: 0.25 },
      around,
    );
    const final = rasterise(cut.candidates[0]!.parts, WHOLE);
    expect(final.data[cy * SIZE + cx - 34]).toBe(0);
    expect(pixelIou(final, disc(4))).toBeGreaterThan(0.85);
  });

  test("everything in a region, without what is outlined already, and it can be stopped", async () => {
    const engine = await ready();
    const outlined = partsOfMask({ ...WHOLE, data: disc(1) });
    const args = {
      rect: { minX: 0, minY: 0, maxX: SIZE, maxY: SIZE },
      existing: [outlined],
      minScore: 0.3,
      tolerancePx: 0.5,
    };
    const progress = vi.fn();
    const { found, leftOut } = await engine.search(args, { ...around, progress });
    expect(progress).toHaveBeenCalled();
    expect(leftOut).toBe(1);
    const hit = NUCLEI.map((_, k) => found.some(({ parts }) => iouWith(k, parts) > 0.7));
    expect(hit).toEqual([true, false, true, true, true, true, true]);
    expect(found.length).toBeLessThanOrEqual(7);
    // Each says which region the network looked at.
    for (const { region } of found) expect(region).toEqual({ scale: 1, x: 0, y: 0 });

    const stop = new AbortController();
    const stopped = engine.search(args, { signal: stop.signal, progress: () => stop.abort() });
    await expect(stopped).rejects.toSatisfy((error) => maskErrorOf(error).code === "aborted");
  }, 120_000);

  test("objects of four pixels across: at a click, and among everything in a view from near", async () => {
    const side = 64;
    const specks = [
      [20, 20, 2],
      [45.5, 30.5, 2.5],
      [22, 46, 4],
    ] as const;
    const small = new LocalImage(picture(side, specks));
    const engine = await ready(
      { pixels: async ({ scale }) => small.level(scale) },
      { imageId: "specks", width: side, height: side },
    );
    const whole = { x: 0, y: 0, width: side, height: side };
    const truth = specks.map(([cx, cy, r]) =>
      Uint8Array.from({ length: side * side }, (_, i) =>
        Math.hypot((i % side) + 0.5 - cx, Math.floor(i / side) + 0.5 - cy) < r ? 1 : 0,
      ),
    );
    const iouAt = (k: number, parts: Parts) => pixelIou(rasterise(parts, whole), truth[k]!);
    // Half a pixel more all round makes two of one.
    const FOUND = 0.45;
    const [zoom, everywhere] = [8, { minX: 0, minY: 0, maxX: side, maxY: side }];
    for (const [k, [x, y]] of specks.entries()) {
      const args = { object: k, prompts: [click(x, y)], previous: null, tolerancePx: 0.5 / zoom };
      const { candidates } = await engine.propose(args, around);
      expect(iouAt(k, candidates[0]!.parts)).toBeGreaterThan(FOUND);
    }
    const { found } = await engine.search(
      { rect: everywhere, existing: [], minScore: 0.15, tolerancePx: 0.5 / zoom },
      around,
    );
    for (const k of specks.keys())
      expect(Math.max(0, ...found.map(({ parts }) => iouAt(k, parts)))).toBeGreaterThan(FOUND);
  });

  test("what is no prompt is refused in words", async () => {
    const engine = await ready();
    for (const bad of [click(Number.NaN, 5), click(-4, 5), click(5, SIZE + 3)]) {
      await expect(propose(engine, [bad])).rejects.toSatisfy((e) => maskErrorOf(e).code === "bad-prompt");
      expect(await engine.hover({ x: bad.x, y: bad.y, tolerancePx: 1 }, around)).toBeNull();
    }
  });

  test("a server's embeddings: asked for with who waits, its refusals in words; damaged weights are not run", async () => {
    const own = await ready();
    await propose(own, [click(150, 70)]);
    const asked: string[] = [];
    let status = 503;
    const fetchLike: EngineHost["fetch"] = async (url, init) => {
      if (url.includes("/files/")) return host.fetch(url, init);
      asked.push(url);
      return Response.json(
        { error: { code: "no-encoder", message: "No encoder here.", next: "Start one." } },
        { status },
      );
    };
    const engine = await ready({ fetch: fetchLike }, { private: false });
    for (const [code, s] of [
      ["no-encoder", 503],
      ["no-rights", 403],
      ["image-gone", 404],
      ["bad-prompt", 422],
    ] as const) {
      status = s;
      await expect(propose(engine, [click(150, 70)])).rejects.toSatisfy((e) => maskErrorOf(e).code === code);
    }
    expect(new URL(asked[0]!, "http://x").search).toMatch(/scale=\d.*channels=0.*for=(click|hover)/);
    const offline = await ready(
      {
        fetch: (url, init) =>
          url.includes("/files/") ? host.fetch(url, init) : Promise.reject(new TypeError("fetch")),
      },
      { private: false },
    );
    await expect(propose(offline, [click(150, 70)])).rejects.toSatisfy(
      (e) => maskErrorOf(e).code === "offline",
    );

    const damaged = { ...model, decoder: { ...model.decoder, sha256: "0".repeat(64) } };
    await expect(ready({}, { model: damaged })).rejects.toSatisfy(
      (e) => maskErrorOf(e).code === "no-weights",
    );
    const foreign = { ...model, manifest: { family: "other" } };
    await expect(ready({}, { model: foreign })).rejects.toSatisfy((e) => maskErrorOf(e).code === "no-model");
  });
});
