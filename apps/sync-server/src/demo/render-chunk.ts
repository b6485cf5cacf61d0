import { paintDirt } from "./artefacts.ts";
import { scratch } from "./buffers.ts";
import { expose } from "./camera.ts";
import { makeScene, SCENE_MARGIN, type Scene } from "./cells.ts";
import type { SlideChunk } from "./chunk-address.ts";
import { type Frame, frameOf } from "./frame.ts";
import { paintGround } from "./ground.ts";
import { paintLabels } from "./labels.ts";
import { HAZE, HAZE_MARGIN, HAZE_SIGMA, paintSurvey, type Survey, survey } from "./overview.ts";
import { paintCytoplasm, paintMembranes, paintPuncta } from "./paint-cells.ts";
import { paintCoverage, paintNuclei } from "./paint-nuclei.ts";
import { DEMO_SEED } from "./slide-shape.ts";
import { blur, releaseSplat, type Splat, signalOf, splatScene } from "./splat.ts";
import { findTerritories, releaseTerritories, type Territories } from "./territories.ts";
import { makeTissueMap, type TissueMap } from "./tissue.ts";

/** Last level on which cells are drawn one by one. */
const LAST_DRAWN = 3;

/** What the four channels of one place share; the last few places are kept. */
interface Place {
  readonly key: string;
  scene?: Scene;
  land?: Territories;
  splat?: Splat;
  survey?: Survey;
}

const KEPT_PLACES = 3;

/** Computes chunks of one slide. Not shared between threads. */
export class ChunkRenderer {
  readonly #seed: number;
  readonly #map: TissueMap;
  readonly #places: Place[] = [];

  constructor(seed: number = DEMO_SEED) {
    this.#seed = seed;
    this.#map = makeTissueMap(seed);
  }

  /** One chunk, row-major [y, x]: counts for the image, ids for labels up to LAST_COMPUTED_LABELS. */
  render({ kind, level, channel, y, x }: Omit<SlideChunk, "of">): Uint16Array | Uint32Array {
    const frame = frameOf(level, y, x);
    const place = this.#place(`${level}/${y}/${x}`);
    if (kind === "labels") {
      place.scene ??= sceneAround(frame, this.#map);
      return paintLabels(frame, place.scene.bodies);
    }
    const clean = this.#clean(frame, place, channel);
    paintDirt(frame, this.#seed, channel, clean);
    return expose(frame, clean, channel, this.#seed);
  }

  #clean(frame: Frame, place: Place, channel: number): Float32Array {
    if (frame.level <= LAST_DRAWN) return this.#drawn(frame, place, channel);
    place.survey ??= survey(frame, this.#map);
    return paintSurvey(frame, this.#map, place.survey, channel);
  }

  #drawn(frame: Frame, place: Place, channel: number): Float32Array {
    place.scene ??= sceneAround(frame, this.#map);
    const { scene } = place;
    const clean = paintGround(frame, this.#map, scene.structures, channel);
    if (channel === 0) paintNuclei(frame, scene.bodies, clean);
    else if (channel === 3) paintPuncta(frame, scene.cells, clean);
    else {
      place.land ??= findTerritories(frame, scene.cells);
      if (channel === 1) paintMembranes(frame, scene.cells, place.land, clean);
      else {
        const nuclei = scratch("nuclei", frame.size * frame.size).fill(0);
        paintCoverage(frame, scene.bodies, nuclei);
        paintCytoplasm(frame, scene.cells, place.land, nuclei, clean);
      }
    }
    this.#addHaze(frame, place, channel, clean);
    return clean;
  }

  #addHaze(frame: Frame, place: Place, channel: number, clean: Float32Array): void {
    const step = 16;
    const across = (frame.size * frame.scale) / step + 2 * HAZE_MARGIN;
    place.splat ??= splatScene(place.scene!, {
      originX: frame.originX - HAZE_MARGIN * step,
      originY: frame.originY - HAZE_MARGIN * step,
      step,
      width: across,
      height: across,
    });
    const hazy = signalOf(place.splat, channel);
    blur(hazy, across, across, HAZE_SIGMA / step);
    const share = HAZE[channel]!;
    for (let j = 0; j < frame.size; j++) {
      const gy = ((j + 0.5) * frame.scale) / step + HAZE_MARGIN - 0.5;
      const iy = Math.floor(gy);
      const fy = gy - iy;
      for (let i = 0; i < frame.size; i++) {
        const gx = ((i + 0.5) * frame.scale) / step + HAZE_MARGIN - 0.5;
        const ix = Math.floor(gx);
        const fx = gx - ix;
        const n = iy * across + ix;
        const top = hazy[n]! + fx * (hazy[n + 1]! - hazy[n]!);
        const low = hazy[n + across]! + fx * (hazy[n + across + 1]! - hazy[n + across]!);
        clean[j * frame.size + i]! += share * (top + fy * (low - top));
      }
    }
  }

  #place(key: string): Place {
    const index = this.#places.findIndex((place) => place.key === key);
    const place = index >= 0 ? this.#places.splice(index, 1)[0]! : { key };
    this.#places.unshift(place);
    if (this.#places.length > KEPT_PLACES) release(this.#places.pop()!);
    return place;
  }
}

function release(place: Place): void {
  for (const scene of [place.scene, place.survey?.scene]) {
    scene?.cells.release();
    scene?.bodies.release();
  }
  if (place.land) releaseTerritories(place.land);
  if (place.splat) releaseSplat(place.splat);
  if (place.survey) releaseSplat(place.survey.splat);
}

/** Everything that touches the frame. */
function sceneAround(frame: Frame, map: TissueMap): Scene {
  const span = frame.size * frame.scale + SCENE_MARGIN;
  const { originX, originY } = frame;
  return makeScene(map, originX - SCENE_MARGIN, originY - SCENE_MARGIN, originX + span, originY + span);
}
