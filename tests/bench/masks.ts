import { LocalImage } from "@coscope/models";
import { clickScene } from "./masks/click.ts";
import { decodeScene } from "./masks/decode.ts";
import { encodeScene } from "./masks/encode.ts";
import { lossScene } from "./masks/loss.ts";
import { openBoth } from "./masks/networks.ts";
import { outlineScene } from "./masks/outlines.ts";
import { peerGraphs } from "./masks/peers.ts";
import { demoRegion } from "./masks/region.ts";
import { wireScene } from "./masks/wire.ts";
import type { Bench } from "./metric.ts";

/** From a click to an outline, part by part and in the real page. */
export const bench: Bench = async ({ quick }) => {
  const peers = peerGraphs();
  const region = await demoRegion();
  const both = await openBoth();
  const image = new LocalImage(region.planes);
  const embed = image.embedWith(async (planes) => (await both.encode(planes)).bytes);
  const { bytes } = await both.encode(region.planes);
  return [
    ...(await encodeScene(region.planes, peers, quick)),
    ...(await decodeScene(embed, bytes, region.truth, peers, quick)),
    ...(await wireScene(bytes, both.manifest)),
    ...(await lossScene(region, quick)),
    ...(await outlineScene(region.truth, quick)),
    ...(await clickScene(quick)),
  ];
};
