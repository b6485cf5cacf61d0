import fc from "fast-check";
import { arbitraryGeometry } from "../geometry/geometry.arbitrary.ts";
import { quantizeGeometry } from "../geometry/index.ts";
import { type PeerState, type PresencePatch, SHARED_LUTS, type SharedView } from "./types.ts";

/* Random presence for property tests, on the grids on which it travels. */

const px = fc.integer({ min: -(2 ** 36), max: 2 ** 36 }).map((units) => units / 64);
const f32 = fc.float({ min: -1e9, max: 1e9, noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
const id = fc.stringMatching(/^[A-Za-z0-9_-]{1,40}$/);
const name = fc.string({ maxLength: 40, unit: "grapheme" }).filter((text) => text.length <= 100);
const channel = fc.record(
  {
    visible: fc.boolean(),
    min: f32,
    max: f32,
    gamma: f32,
    color: fc.nat(0xffffff),
    inverted: fc.constant(true),
    lut: fc.constantFrom(...SHARED_LUTS),
  },
  { requiredKeys: ["visible", "min", "max", "gamma", "color"] },
);

const plainView = {
  cx: px,
  cy: px,
  zoom: fc.float({ min: Math.fround(1e-6), max: 1e6, noNaN: true }),
  rotation: f32,
  width: fc.nat(10_000),
  height: fc.nat(10_000),
  z: fc.nat(),
  t: fc.nat(),
  channels: fc.array(channel, { maxLength: 8 }),
};
const view: fc.Arbitrary<SharedView> = fc.record(
  { ...plainView, flip: fc.constant(true as const), projection: fc.constant("max" as const) },
  { requiredKeys: Object.keys(plainView) as (keyof typeof plainView)[] },
);

const fields = {
  cursor: fc.option(
    fc.record({
      x: px,
      y: px,
      tool: fc.oneof(fc.constantFrom("select", "pan", "point", "rectangle", "polygon", ""), name),
      pressed: fc.boolean(),
    }),
  ),
  view: fc.option(view),
  following: fc.nat(0xffff),
  editing: fc.option(fc.record({ layerId: id, id })),
  ghost: fc.option(
    fc.record({ layerId: id, classId: fc.option(id), geometry: arbitraryGeometry.map(quantizeGeometry) }),
  ),
  broadcasting: fc.boolean(),
};

export const arbitraryPatch: fc.Arbitrary<PresencePatch> = fc.record(fields, { requiredKeys: [] });

export const arbitraryPeer: fc.Arbitrary<PeerState> = fc.record({
  peerId: fc.integer({ min: 1, max: 0xffff }),
  user: fc.record({ id, name, color: fc.constant("#12ab34") }),
  ...fields,
});
