import { screenPoint } from "@coscope/annotations/geometry";
import { describe, expect, it } from "vitest";
import type { CameraState } from "../camera/camera.ts";
import { cameraMatrix, screenToImage } from "../camera/transform.ts";
import type { ChannelSettings } from "../source/channels.ts";
import type { TypedArray } from "../source/image-source.ts";
import {
  type ImageLevel,
  type ImageSource,
  type PixelType,
  tileGrid,
  tileSize,
} from "../source/image-source.ts";
import { createPixels } from "../source/pixels.ts";
import { seededRandom } from "../testing/random.ts";
import type { RawTile } from "../tiles/raw-tile.ts";
import { SlotTable } from "../tiles/slots.ts";
import { createTexels, pack, type Texels } from "../tiles/texels.ts";
import { blendChannels } from "./contrast.ts";
import { LUT_NAMES } from "./luts.ts";
import { Renderer } from "./renderer.ts";

// The shader against its CPU reference, in real WebGL2.

const FILL = 3;
const CANVAS = { width: 96, height: 72 };
/** Texels; samples nearer than this to a texel's edge may fall on either side of it. */
const EDGE = 0.002;
/** Device px; rasterisers snap a tile's corners, SwiftShader to 1/16 px. */
const SNAP = 0.13;

interface Picture {
  readonly source: ImageSource;
  readonly slots: SlotTable;
  /** By tile, by channel: pixels; null is all fill. */
  readonly planes: (TypedArray | null)[][];
  readonly tiles: RawTile[];
}

function levelOf(
  width: number,
  height: number,
  tile: number,
  downsampleX: number,
  downsampleY: number,
): ImageLevel {
  return { width, height, tileWidth: tile, tileHeight: tile, downsampleX, downsampleY };
}

function pictureOf(
  dtype: PixelType,
  channels: number,
  level: ImageLevel,
  random: () => number,
  top: number,
): Picture {
  const source = {
    id: "test",
    width: level.width * level.downsampleX,
    height: level.height * level.downsampleY,
    dtype,
    fill: FILL,
    channels: Array.from({ length: channels }, (_, i) => ({ name: `${i}`, color: null, window: null })),
    // A coarser level keeps index 1, so that it is drawn smoothly like any stand-in.
    levels: level.downsampleX === 1 ? [level] : [levelOf(1, 1, 1, 1, 1), level],
  } as unknown as ImageSource;
  const index = source.levels.length - 1;
  const tiles: RawTile[] = [];
  const all: (TypedArray | null)[][] = [];
  const slots = new SlotTable(channels);
  slots.show(source.channels.map((_, channel) => channel).reverse());
  const { columns, rows } = tileGrid(level);
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const size = tileSize(level, x, y);
      const planes = Array.from({ length: channels }, () => {
        if (random() < 0.05) return null;
        const data = createPixels(dtype, size.width * size.height);
        for (let i = 0; i < data.length; i++) data[i] = random() * top;
        return data;
      });
      all.push(planes);
      tiles.push({
        level: index,
        x,
        y,
        ...size,
        plane: { z: 0, t: 0 },
        groups: packed(planes, slots, size, dtype),
        loaded: new Set(planes.keys()),
        version: 0,
      });
    }
  }
  return { source, slots, planes: all, tiles };
}

function packed(
  planes: readonly (TypedArray | null)[],
  slots: SlotTable,
  { width, height }: { width: number; height: number },
  dtype: PixelType,
): Texels[] {
  return Array.from({ length: slots.groups }, (_, group) => {
    const lanes = slots.channelsOf(group);
    const data = createTexels(dtype, width * height * lanes.length);
    pack(
      lanes.map((channel) => (channel === null ? undefined : planes[channel])),
      data,
      FILL,
    );
    return { width, height, lanes: lanes.length, data };
  });
}

function randomSettings(
  channels: number,
  random: () => number,
  top: number,
  mapped = false,
): ChannelSettings[] {
  return Array.from({ length: channels }, () => {
    const a = random() * top;
    const b = random() * top;
    return {
      visible: random() < 0.8,
      min: Math.min(a, b),
      max: Math.max(a, b) + top / 100,
      gamma: random() < 0.4 ? 1 : 0.3 + 2 * random(),
      color: Math.floor(random() * 0x1000000),
      inverted: random() < 0.2,
      ...(mapped && random() < 0.5 ? { lut: LUT_NAMES[Math.floor(random() * LUT_NAMES.length)]! } : {}),
    };
  });
}

/** One channel's value under a point of level px, as the shader samples its tile; null where not loaded. */
function sampleAt(
  raw: RawTile,
  plane: TypedArray | null,
  loaded: boolean,
  level: ImageLevel,
  px: number,
  py: number,
  smooth: boolean,
): number | null {
  if (!loaded) return null;
  if (plane === null) return FILL;
  const x = px - raw.x * level.tileWidth;
  const y = py - raw.y * level.tileHeight;
  const at = (i: number, j: number) =>
    plane[Math.min(raw.height - 1, Math.max(0, j)) * raw.width + Math.min(raw.width - 1, Math.max(0, i))]!;
  if (!smooth) return at(Math.floor(x), Math.floor(y));
  const i = Math.floor(x - 0.5);
  const j = Math.floor(y - 0.5);
  const u = x - 0.5 - i;
  const v = y - 0.5 - j;
  const mix = (a: number, b: number, s: number) => a + (b - a) * s;
  return mix(mix(at(i, j), at(i + 1, j), u), mix(at(i, j + 1), at(i + 1, j + 1), u), v);
}

function render(
  renderer: Renderer,
  { source, tiles }: Picture,
  camera: CameraState,
  pixelRatio: number,
): Uint8Array {
  const { gl } = renderer;
  renderer.draw({
    ...CANVAS,
    pixelRatio,
    matrix: cameraMatrix(camera, CANVAS),
    tiles: tiles.map((raw) => renderer.adopt(raw)),
  });
  const width = renderer.canvas.width;
  const height = renderer.canvas.height;
  const pixels = new Uint8Array(width * height * 4);
  gl.readPixels(0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, pixels);
  expect(source.levels.length).toBeGreaterThan(0);
  return pixels;
}

function compare(
  pixels: Uint8Array,
  { source, tiles, planes }: Picture,
  settings: readonly ChannelSettings[],
  camera: CameraState,
  pixelRatio: number,
): { checked: number; worst: number } {
  const level = source.levels.at(-1)!;
  const m = cameraMatrix(camera, CANVAS);
  const width = Math.round(CANVAS.width * pixelRatio);
  const height = Math.round(CANVAS.height * pixelRatio);
  const smooth = source.levels.length > 1 || camera.zoom * pixelRatio < 1;
  let checked = 0;
  let worst = 0;
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const screen = screenPoint((column + 0.5) / pixelRatio, (row + 0.5) / pixelRatio);
      const image = screenToImage(m, screen);
      const x = image.x / level.downsampleX;
      const y = image.y / level.downsampleY;
      const at = ((height - 1 - row) * width + column) * 4;
      const near = (v: number) => Math.abs(v - Math.round(v)) < EDGE;
      const texelPx = camera.zoom * pixelRatio * level.downsampleX;
      const border = (v: number, size: number) =>
        Math.min(Math.abs(v - Math.round(v / level.tileWidth) * level.tileWidth), Math.abs(v - size)) *
        texelPx;
      if (Math.min(border(x, level.width), border(y, level.height)) < SNAP * Math.SQRT2) continue;
      if (near(x) || near(y) || (smooth && (near(x + 0.5) || near(y + 0.5)))) continue;
      const raw = tiles.find(
        (tile) => tile.x === Math.floor(x / level.tileWidth) && tile.y === Math.floor(y / level.tileHeight),
      );
      const inside = x > 0 && y > 0 && x < level.width && y < level.height && raw;
      const expected = inside
        ? blendChannels(
            settings.map((_, channel) =>
              sampleAt(
                raw,
                planes[tiles.indexOf(raw)]![channel]!,
                raw.loaded.has(channel),
                level,
                x,
                y,
                smooth,
              ),
            ),
            settings,
          )
        : [0, 0, 0];
      checked++;
      expect(pixels[at + 3]).toBe(inside ? 255 : 0);
      for (let i = 0; i < 3; i++) worst = Math.max(worst, Math.abs(pixels[at + i]! - expected[i]! * 255));
    }
  }
  return { checked, worst };
}

const KINDS: [PixelType, number][] = [
  ["uint8", 256],
  ["uint16", 65_536],
  ["int16", 30_000],
  ["float32", 7.5],
];

describe("the shader agrees with its CPU reference", () => {
  it.each(KINDS)("on random windows, colours, gammas and rotations: %s", (dtype, top) => {
    for (let seed = 1; seed <= 8; seed++) {
      const random = seededRandom(seed * 7919);
      const channels = [1, 3, 4, 6, 11, 16][Math.floor(random() * 6)]!;
      const downsample = random() < 0.5 ? 1 : 1 + 3 * random();
      const level = levelOf(50, 41, 16, downsample, downsample);
      const picture = pictureOf(dtype, channels, level, random, top);
      const renderer = new Renderer({ lost() {}, restored() {}, redraw() {} });
      renderer.setSource(picture.source, picture.slots);
      const camera: CameraState = {
        cx: picture.source.width * random(),
        cy: picture.source.height * random(),
        zoom: 0.4 * 2 ** (5 * random()),
        rotation: random() < 0.3 ? 0 : 360 * random() - 180,
        flip: random() < 0.3,
      };
      const pixelRatio = random() < 0.5 ? 1 : 1.25;
      for (let round = 0; round < 3; round++) {
        const settings = randomSettings(channels, random, top, round === 2);
        renderer.setChannels(settings);
        const pixels = render(renderer, picture, camera, pixelRatio);
        const { checked, worst } = compare(pixels, picture, settings, camera, pixelRatio);
        expect(checked).toBeGreaterThan(1000);
        // Half a step is rounding to 8 bit.
        expect(worst, `seed ${seed}, round ${round}`).toBeLessThanOrEqual(1);
      }
      renderer.destroy();
    }
  });

  it("adds more than sixteen visible channels in further passes", () => {
    const random = seededRandom(5);
    const picture = pictureOf("uint16", 22, levelOf(40, 40, 16, 1, 1), random, 1000);
    const renderer = new Renderer({ lost() {}, restored() {}, redraw() {} });
    renderer.setSource(picture.source, picture.slots);
    const settings = picture.source.channels.map((_, i) => ({
      visible: true,
      min: 0,
      max: 40_000,
      gamma: 1,
      color: 0xffffff >> (i % 3),
    }));
    renderer.setChannels(settings);
    const camera = { cx: 20, cy: 20, zoom: 2, rotation: 30 };
    const { worst } = compare(render(renderer, picture, camera, 1), picture, settings, camera, 1);
    // Each pass rounds to 8 bit.
    expect(worst).toBeLessThanOrEqual(1.5);
    renderer.destroy();
  });

  it.each(LUT_NAMES)("on every tone of %s, also inverted, and on red, green and blue", (lut) => {
    const random = seededRandom(11);
    const picture = pictureOf("uint8", 3, levelOf(48, 40, 16, 1, 1), random, 256);
    const renderer = new Renderer({ lost() {}, restored() {}, redraw() {} });
    renderer.setSource(picture.source, picture.slots);
    const camera = { cx: 24, cy: 20, zoom: 2, rotation: 20 };
    const on = { visible: true, min: 0, max: 255, gamma: 1, color: 0xffffff };
    const rgb = [0xff0000, 0x00ff00, 0x0000ff].map((color) => ({ ...on, color, inverted: true, gamma: 0.7 }));
    for (const settings of [
      [
        { ...on, lut },
        { ...on, visible: false },
        { ...on, visible: false },
      ],
      [{ ...on, lut, inverted: true, gamma: 2 }, rgb[1]!, { ...on, visible: false }],
      rgb,
    ]) {
      renderer.setChannels(settings);
      const pixels = render(renderer, picture, camera, 1);
      expect(compare(pixels, picture, settings, camera, 1).worst).toBeLessThanOrEqual(1);
    }
    renderer.destroy();
  });

  it("draws black where no channel is visible, and nothing for channels not loaded yet", () => {
    const random = seededRandom(6);
    const picture = pictureOf("uint8", 2, levelOf(30, 30, 16, 1, 1), random, 256);
    const renderer = new Renderer({ lost() {}, restored() {}, redraw() {} });
    renderer.setSource(picture.source, picture.slots);
    const camera = { cx: 15, cy: 15, zoom: 3, rotation: 0 };
    const on = { visible: true, min: 0, max: 255, gamma: 1, color: 0xff0000 };
    const settings = [
      { ...on, visible: false },
      { ...on, visible: false },
    ];
    renderer.setChannels(settings);
    expect(compare(render(renderer, picture, camera, 1), picture, settings, camera, 1).worst).toBe(0);
    picture.tiles[0]!.loaded.delete(1);
    const both = [on, { ...on, color: 0x00ff00, min: -300 }];
    renderer.setChannels(both);
    expect(compare(render(renderer, picture, camera, 1), picture, both, camera, 1).worst).toBeLessThanOrEqual(
      1,
    );
    renderer.destroy();
  });

  it("leaves no crack between tiles at any angle", () => {
    const level = levelOf(64, 64, 8, 1.37, 1.37);
    const picture = pictureOf("uint8", 1, level, () => 0.99, 256);
    const renderer = new Renderer({ lost() {}, restored() {}, redraw() {} });
    renderer.setSource(picture.source, picture.slots);
    renderer.setChannels([{ visible: true, min: 0, max: 100, gamma: 1, color: 0xffffff }]);
    for (let degrees = 0; degrees < 360; degrees += 7) {
      const camera = { cx: 43.8, cy: 43.8, zoom: 2.3, rotation: degrees };
      const pixels = render(renderer, picture, camera, 1);
      let holes = 0;
      for (let i = 0; i < pixels.length; i += 4) if (pixels[i] !== 255) holes++;
      expect(holes, `${degrees}°`).toBe(0);
    }
    renderer.destroy();
  });
});
