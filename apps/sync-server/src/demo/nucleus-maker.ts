import { BODY, CELL, CELL_COLUMNS, KIND, type Table } from "./cell-table.ts";
import { KINDS } from "./kinds.ts";
import { nextHash, normal, unit } from "./random.ts";

/** Gives cells their nuclei. */
export class NucleusMaker {
  readonly #cells: Table;
  readonly #bodies: Table;

  constructor(cells: Table, bodies: Table) {
    this.#cells = cells;
    this.#bodies = bodies;
  }

  /** The cell's nucleus, or whatever division and death made of it. */
  add(
    kind: number,
    owner: number,
    x: number,
    y: number,
    cos: number,
    sin: number,
    hash: number,
    id: number,
  ): void {
    const traits = KINDS[kind]!;
    if (traits.dapi === 0) return;
    const fate = unit(hash);
    let h = nextHash(hash);
    let shiftAlong = 0;
    if (kind === KIND.EPITHELIUM) shiftAlong = 8 + 3 * normal(h);
    else if (kind === KIND.PLASMA) shiftAlong = 5;
    else if (kind === KIND.TUMOUR) shiftAlong = 1.6 * normal(h);
    const shiftAcross = kind === KIND.TUMOUR ? 1.4 * normal(h >>> 12) : 0;
    if (kind === KIND.MUSCLE_CUT && fate > 0.34) return;
    if (kind === KIND.MUSCLE && fate > 0.62) return;
    if (kind === KIND.ADIPOCYTE) {
      if (fate > 0.6) return;
      const side = unit(h) * 6.283;
      this.#body(
        owner,
        x + 96 * Math.cos(side),
        y + 96 * Math.sin(side),
        -Math.sin(side),
        Math.cos(side),
        traits.nucleus[0],
        traits.nucleus[1],
        traits.dapi,
        kind,
        hash,
        id,
      );
      return;
    }
    const nx = x + shiftAlong * cos - shiftAcross * sin;
    const ny = y + shiftAlong * sin + shiftAcross * cos;
    const cycling =
      kind === KIND.TUMOUR ? 1 : kind === KIND.CENTROBLAST ? 0.9 : kind === KIND.EPITHELIUM ? 0.45 : 0;
    if (fate < 0.02 * cycling) {
      this.#division(owner, nx, ny, h, fate / (0.02 * cycling), id, kind);
      return;
    }
    const dying =
      kind === KIND.TUMOUR ? 0.008 : kind === KIND.CENTROBLAST ? 0.03 : kind === KIND.DYING ? 0.45 : 0.001;
    if (fate > 1 - dying) {
      this.#fragments(owner, nx, ny, h);
      return;
    }
    h = nextHash(h);
    let size = Math.exp(traits.spread * normal(h));
    let bright = traits.dapi * Math.exp(0.17 * normal(h >>> 12));
    h = nextHash(h);
    // A third of the nuclei are cut by the section: smaller and dimmer.
    const cut = unit(h);
    if (cut < 0.3) {
      size *= 0.72 + 0.9 * cut;
      bright *= 0.6 + 1.2 * cut;
    } else if (cut > 0.86 && cycling > 0) {
      // After replication: twice the DNA in a larger nucleus.
      size *= 1.12;
      bright *= 1.35;
    }
    const squeeze = Math.exp(0.09 * normal(h >>> 12));
    h = nextHash(h);
    const turn = (kind === KIND.TUMOUR || kind === KIND.CENTROBLAST ? 1.2 : 0.1) * (unit(h) - 0.5);
    const ct = cos * Math.cos(turn) - sin * Math.sin(turn);
    const st = sin * Math.cos(turn) + cos * Math.sin(turn);
    this.#body(
      owner,
      nx,
      ny,
      ct,
      st,
      traits.nucleus[0] * size * squeeze,
      (traits.nucleus[1] * size) / squeeze,
      bright,
      kind,
      h,
      id,
    );
  }

  #division(
    owner: number,
    x: number,
    y: number,
    hash: number,
    phase: number,
    id: number,
    kind: number,
  ): void {
    const angle = unit(hash) * 6.283;
    const c = Math.cos(angle);
    const s = Math.sin(angle);
    const v = this.#cells.values;
    const at = owner * CELL_COLUMNS;
    // Dividing cells round up; their cytoplasm stains evenly and paler.
    const round = Math.sqrt(v[at + CELL.A]! * v[at + CELL.B]!) * 1.08;
    if (kind !== KIND.EPITHELIUM) {
      v[at + CELL.A] = round;
      v[at + CELL.B] = round;
    }
    v[at + CELL.CYTOPLASM]! *= 0.75;
    const bright = 1250 * Math.exp(0.12 * normal(hash >>> 12));
    if (phase < 0.3) {
      // Prophase: threads in a swollen nucleus.
      const at2 = this.#body(owner, x, y, c, s, 16.5, 14.5, 760, kind, hash, id);
      this.#bodies.values[at2 + BODY.CONTRAST] = 0.62;
      this.#bodies.values[at2 + BODY.TEXTURE] = 1;
    } else if (phase < 0.62) {
      this.#plate(owner, x, y, c, s, 15.5, 4.6, 0, bright, hash, id);
    } else {
      const apart = phase < 0.85 ? 9 + 7 * ((phase - 0.62) / 0.23) : 19;
      const bend = phase < 0.85 ? 0.016 : 0.006;
      this.#plate(owner, x - apart * s, y + apart * c, c, s, 13, 4.2, -bend, bright * 0.9, hash, id);
      this.#plate(
        owner,
        x + apart * s,
        y - apart * c,
        c,
        s,
        13,
        4.2,
        bend,
        bright * 0.86,
        nextHash(hash),
        id + 1,
      );
    }
  }

  #plate(
    owner: number,
    x: number,
    y: number,
    c: number,
    s: number,
    a: number,
    b: number,
    bend: number,
    bright: number,
    hash: number,
    id: number,
  ): void {
    const at = this.#body(owner, x, y, c, s, a, b, bright, KIND.LYMPHOCYTE, hash, id);
    const v = this.#bodies.values;
    v[at + BODY.BEND] = bend;
    v[at + BODY.ROUGH] = 0.085;
    v[at + BODY.CONTRAST] = 0.2;
    v[at + BODY.SOFT] = 1.5;
  }

  #fragments(owner: number, x: number, y: number, hash: number): void {
    const v = this.#cells.values;
    v[owner * CELL_COLUMNS + CELL.CYTOPLASM]! *= 1.3;
    const count = 3 + (hash & 3);
    let h = hash;
    for (let n = 0; n < count; n++) {
      h = nextHash(h);
      const radius = 1.8 + 3.6 * unit(h) ** 1.5;
      const angle = (h & 4095) / 652;
      const away = n === 0 ? 1 : 5 + 4.5 * unit(nextHash(h));
      const at = this.#body(
        owner,
        x + away * Math.cos(angle),
        y + away * Math.sin(angle),
        1,
        0,
        radius * 1.1,
        radius,
        1500 * (0.7 + 0.5 * unit(h)),
        KIND.DYING,
        h,
        0,
      );
      this.#bodies.values[at + BODY.CONTRAST] = 0.05;
      this.#bodies.values[at + BODY.ROUGH] = 0.03;
    }
  }

  #body(
    owner: number,
    x: number,
    y: number,
    cos: number,
    sin: number,
    a: number,
    b: number,
    bright: number,
    kind: number,
    hash: number,
    id: number,
  ): number {
    const traits = KINDS[kind]!;
    const at = this.#bodies.add();
    const v = this.#bodies.values;
    let h = nextHash(hash ^ 0x1f);
    v[at + BODY.X] = x;
    v[at + BODY.Y] = y;
    v[at + BODY.COS] = cos;
    v[at + BODY.SIN] = sin;
    v[at + BODY.A] = a;
    v[at + BODY.B] = b;
    v[at + BODY.BEND] = ((kind === KIND.FIBROBLAST ? 0.4 : 0.12) * normal(h) * b) / (a * a);
    v[at + BODY.ROUGH] = traits.rough * (0.6 + 0.8 * unit(h));
    h = nextHash(h);
    const depth = Math.abs(normal(h));
    v[at + BODY.SOFT] = 1.75 + 0.75 * depth * depth;
    v[at + BODY.BRIGHT] = bright;
    v[at + BODY.TEXTURE] = traits.texture;
    v[at + BODY.CONTRAST] = traits.contrast * (1 - 0.22 * Math.min(3, depth));
    v[at + BODY.HASH] = h;
    v[at + BODY.ID] = id;
    v[at + BODY.OWNER] = owner;
    // One in twelve lies below the plane of focus: a glow that nobody would outline.
    if (h >>> 28 === 0 && kind !== KIND.EPITHELIUM && id !== 0) {
      v[at + BODY.SOFT] = 6.5;
      v[at + BODY.BRIGHT]! *= 0.5;
      v[at + BODY.CONTRAST] = 0;
      v[at + BODY.ID] = 0;
    }
    return at;
  }
}
