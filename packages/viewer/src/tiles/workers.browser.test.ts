import { afterEach, describe, expect, it } from "vitest";
import { pixelValue } from "../testing/memory-zarr.ts";
import { createStage, nextFrame, openOn } from "../testing/stage.ts";
import { openInWorkers, type WorkerSource } from "./main.ts";

// `testing/tiny.zarr` follows `pixelValue`: 2 channels, 128 × 96 in chunks of 64, two levels, zstd.
const URL = "/packages/viewer/src/testing/tiny.zarr";
const TILE = { level: 0, x: 0, y: 0, z: 0, t: 0, channel: 0 };

let source: WorkerSource | null = null;
afterEach(() => {
  source?.close?.();
  source = null;
});

describe("an image opened in workers", () => {
  it("is the same as anywhere else", async () => {
    source = await openInWorkers(URL, { workers: 3 });
    expect(source).toMatchObject({
      name: "tiny",
      width: 128,
      height: 96,
      dtype: "uint16",
      calibration: { x: 0.5, y: 0.5, unit: "µm" },
      levels: [{ downsampleX: 1 }, { downsampleX: 2 }],
    });
    for (const channel of [0, 1]) {
      const tile = (await source.getTile({ ...TILE, channel }))!;
      for (const i of [0, 1, tile.width, tile.data.length - 1]) {
        const at = { x: i % tile.width, y: Math.floor(i / tile.width), z: 0, t: 0, c: channel };
        expect(tile.data[i]).toBe(pixelValue(at, 0));
      }
    }
  });

  it("reads metadata once however many workers there are, and each chunk once", async () => {
    source = await openInWorkers(URL, { workers: 3 });
    const { width, height } = source.levels[0]!;
    const chunks = (width / 64) * Math.ceil(height / 64) * 2;
    const read = () => source!.getTexels({ ...TILE, channels: [0, 1] });
    const { texels, problems } = await read();
    expect(problems).toEqual([]);
    expect(texels.data[2]).toBe(pixelValue({ x: 1, y: 0, z: 0, t: 0, c: 0 }, 0));
    expect(texels.data[3]).toBe(pixelValue({ x: 1, y: 0, z: 0, t: 0, c: 1 }, 0));
    const once = source.stats();
    expect(once.decodes).toBe(chunks);
    await read();
    await source.getTile({ ...TILE, channel: 1 });
    expect(source.stats()).toEqual(once);
  });

  it("computes a projection there, telling each plane", async () => {
    source = await openInWorkers(URL, { workers: 2 });
    let planes = 0;
    const planeRead = () => planes++;
    const { texels } = await source.getTexels({ ...TILE, channels: [0, 1], projection: "max", planeRead });
    // One plane a channel: the maximum is that plane.
    expect(planes).toBe(2);
    expect(texels.data[3]).toBe(pixelValue({ x: 1, y: 0, z: 0, t: 0, c: 1 }, 0));
  });

  it("drops what is no longer wanted, and goes on", async () => {
    source = await openInWorkers(URL, { workers: 1 });
    const controller = new AbortController();
    const dropped = source.getTile({ ...TILE, signal: controller.signal });
    controller.abort();
    await expect(dropped).rejects.toMatchObject({ code: "aborted" });
    expect((await source.getTile(TILE))!.width).toBe(128);
  });

  it("says what is wrong with an address, in this room's words", async () => {
    await expect(openInWorkers("http://127.0.0.1:9/none.zarr")).rejects.toMatchObject({
      name: "SourceError",
      code: "unreachable",
      next: expect.any(String),
    });
    await expect(openInWorkers("ftp://x/none.zarr")).rejects.toMatchObject({ code: "not-found" });
  });

  it("answers nothing more once closed", async () => {
    source = await openInWorkers(URL, { workers: 2 });
    const waiting = source.getTile(TILE);
    source.close!();
    await expect(waiting).rejects.toMatchObject({ code: "aborted" });
  });

  it("is what a viewer shows: nothing is read again for contrast", async () => {
    const stage = createStage();
    source = await openInWorkers(URL);
    const white = { visible: true, min: 0, max: 20_000, gamma: 1, color: 0xffffff };
    await openOn(stage, source, {
      channels: [white, { ...white, visible: false }],
      camera: { cx: 64, cy: 48, zoom: 2, rotation: 0 },
    });
    const shade = (value: number) => Math.min(255, Math.round((value / 20_000) * 255));
    const value = pixelValue({ x: 40, y: 30, z: 0, t: 0, c: 0 }, 0);
    expect(Math.abs((await stage.colorAt(40.5, 30.5))[0]! - shade(value))).toBeLessThanOrEqual(1);
    stage.viewer.resetStats();
    stage.viewer.setChannels([
      { ...white, max: 5000 },
      { ...white, visible: false },
    ]);
    await nextFrame();
    await nextFrame();
    expect(stage.viewer.stats()).toMatchObject({ requests: 0, decodes: 0, uploads: 0, frames: 1 });
    stage.remove();
  });
});
