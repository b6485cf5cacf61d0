import type { Embedding } from "./embedding.ts";
import type { Cell, Scale } from "./grid.ts";
import { crop, enlarge, halve, type Planes } from "./planes.ts";

/** The levels of an image that is in memory whole (tools, tests, small pictures), made when asked for. */
export class LocalImage {
  readonly width: number;
  readonly height: number;
  readonly #levels = new Map<Scale, Planes>();

  /** `full`: three planes in 0..1, as `normalise` gives them. */
  constructor(full: Planes) {
    this.width = full.width;
    this.height = full.height;
    this.#levels.set(1, full);
  }

  level(scale: Scale): Planes {
    let level = this.#levels.get(scale);
    if (!level) {
      level = scale === 2 ? enlarge(this.level(1)) : halve(this.level((scale * 2) as Scale));
      this.#levels.set(scale, level);
    }
    return level;
  }

  /** For `Segmenter`: cuts a cell and encodes it. */
  embedWith(encode: (region: Planes) => Promise<Embedding>): (cell: Cell) => Promise<Embedding> {
    return ({ scale, x, y, width, height }) => encode(crop(this.level(scale), x, y, width, height));
  }
}
