import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  cellKey,
  type Decoder,
  type Embedding,
  iou,
  LocalImage,
  type Mask,
  normalise,
  type Planes,
  packEmbedding,
  proposedMask,
  rangeOf,
  Segmenter,
  unpackEmbedding,
} from "@coscope/models";
import sharp from "sharp";
import { repository } from "../../e2e/support/build-page.ts";
import { objectsOf, type TrueObject, type Truth } from "../../e2e/support/truth.ts";
import { lowerIsBetter, type Metric } from "../metric.ts";
import { openBoth, openDecoder } from "./networks.ts";

const ALLOWED = 0.005;
const SPLIT = join(repository, "packages/models/training/split.json");

interface Sums {
  count: number;
  bytes: number;
  floats: number;
}

/** One click on each object, once with the embedding as it travels and once as the network gave it. */
export async function lossScene(demo: { planes: Planes; truth: Truth }, quick: boolean): Promise<Metric[]> {
  const networks = { both: await openBoth(), decoder: await openDecoder("native") };
  const slide = await clicked(networks, demo.planes, demo.truth, quick ? 25 : 150);
  const real: Sums = { count: 0, bytes: 0, floats: 0 };
  for (const name of heldOut().slice(0, quick ? 5 : 40)) {
    const { planes, truth } = await realImage(networks.both.manifest.normalisation, name);
    const sums = await clicked(networks, planes, truth, quick ? 10 : 40);
    for (const key of ["count", "bytes", "floats"] as const) real[key] += sums[key];
  }
  await networks.decoder.release();
  return [
    metric("on the demo slide", slide),
    ...(real.count > 0 ? [metric("on images that were held out", real)] : []),
  ];
}

function metric(where: string, { count, bytes, floats }: Sums): Metric {
  const [sent, without] = [bytes / count, floats / count];
  const lost = without - sent;
  console.error(
    `${where}: 1-click mIoU of ${count} objects ${sent.toFixed(4)} as it travels, ${without.toFixed(4)} without`,
  );
  if (lost > ALLOWED) throw new Error(`the wire costs ${lost} mIoU ${where}: ${ALLOWED} are allowed.`);
  return lowerIsBetter(
    `mIoU that embeddings lose on the wire ${where}`,
    Math.round(lost * 1e5) / 1e5,
    null,
    "IoU",
  );
}

async function clicked(
  { both, decoder }: { both: Awaited<ReturnType<typeof openBoth>>; decoder: Decoder },
  planes: Planes,
  truth: Truth,
  most: number,
): Promise<Sums> {
  const image = new LocalImage(planes);
  const encoded = new Map<string, ReturnType<typeof both.encode>>();
  const segmenterOf = (which: "bytes" | "floats") =>
    new Segmenter({
      decoder,
      image,
      async embed(cell) {
        const key = cellKey(cell);
        let made = encoded.get(key);
        if (!made) {
          let kept: Embedding | null = null;
          made = image
            .embedWith(async (region) => {
              const answer = await both.encode(region);
              kept = answer.floats;
              return unpackEmbedding(packEmbedding(answer.bytes, both.manifest), both.manifest);
            })(cell)
            .then((bytes) => ({ bytes, floats: kept! }));
          encoded.set(key, made);
        }
        return (await made)[which];
      },
    });
  const segmenters = { bytes: segmenterOf("bytes"), floats: segmenterOf("floats") };
  const sums: Sums = { count: 0, bytes: 0, floats: 0 };
  const step = Math.max(1, truth.objects.length / most);
  for (let i = 0; i < truth.objects.length; i += step) {
    const one = truth.objects[Math.floor(i)]!;
    const mask = maskOf(truth, one);
    sums.count++;
    for (const which of ["bytes", "floats"] as const) {
      const proposal = await segmenters[which].propose([{ kind: "point", x: one.x, y: one.y, inside: true }]);
      sums[which] += iou(proposedMask(proposal), mask);
    }
  }
  return sums;
}

function maskOf({ labels, width }: Truth, { label, bounds: { minX, minY, maxX, maxY } }: TrueObject): Mask {
  const [w, h] = [maxX - minX, maxY - minY];
  const inside = (i: number) => labels[(minY + Math.floor(i / w)) * width + minX + (i % w)] === label;
  const data = Uint8Array.from({ length: w * h }, (_, i) => Number(inside(i)));
  return { x: minX, y: minY, width: w, height: h, data };
}

const folder = () => join(process.env["COSCOPE_DATA"] ?? join(repository, "../shared/data"), "dsb2018");

/** Names of images that the network was not trained on, spread over their kinds; none where there is no COSCOPE_DATA. */
function heldOut(): string[] {
  if (!existsSync(join(folder(), "labels"))) {
    console.error("No COSCOPE_DATA with dsb2018: what the wire costs on real images is not measured.");
    return [];
  }
  const rows = JSON.parse(readFileSync(SPLIT, "utf8")) as { name: string; held: boolean }[];
  return rows.filter(({ held }) => held).map(({ name }) => name);
}

async function realImage(normalisation: Parameters<typeof rangeOf>[1], name: string) {
  const read = (kind: string, colours: "srgb" | "grey16", depth: "uchar" | "ushort") =>
    sharp(join(folder(), kind, name))
      .removeAlpha()
      .toColourspace(colours)
      .raw({ depth })
      .toBuffer({ resolveWithObject: true });
  const [image, label] = await Promise.all([
    read("images", "srgb", "uchar"),
    read("labels", "grey16", "ushort"),
  ]);
  const { width, height } = image.info;
  const pixels = { width, height, channels: 3, data: new Uint8Array(image.data) } as const;
  const labels = Float64Array.from(new Uint16Array(label.data.buffer, label.data.byteOffset, width * height));
  const rect = { x: 0, y: 0, width, height };
  const objects = objectsOf(labels, rect).filter(({ area }) => area >= 20);
  return {
    planes: normalise(pixels, rangeOf(pixels, normalisation)),
    truth: { ...rect, labels, objects } satisfies Truth,
  };
}
