import { writeFile } from "node:fs/promises";
import { type AnnotationSnapshot, createLayerDocument, createQuery } from "@coscope/annotations";
import { notIgnored } from "@coscope/annotations/class-names";
import { asciiJson, encodeCoco, encodeGeoJson, seenByOthers } from "@coscope/annotations/interchange";
import { ServerError } from "../errors.ts";
import { ask, findLayer, type LayerAnswer, type Visit, type VisitOptions, visit } from "./ask-server.ts";
import { openLiveDocument } from "./live-document.ts";

export interface ExportArguments extends VisitOptions {
  readonly format: "geojson" | "coco";
  readonly out?: string | undefined;
  /** COCO with the objects of ignored classes (`Ignore*`); GeoJSON has them always. */
  readonly ignored?: boolean | undefined;
  /** A layer, or an image: all its layers. */
  readonly wanted: string;
}

interface ImageAnswer {
  readonly id: string;
  readonly projectId: string;
  readonly name: string;
  readonly summary: { readonly width: number; readonly height: number } | null;
}

export async function exportAnnotations(args: ExportArguments): Promise<number> {
  const by = await visit(args, "export");
  const { image, layers } = await find(by, args.wanted);
  const found: AnnotationSnapshot[] = [];
  for (const layer of layers) for (const one of await read(by, layer)) found.push(one);
  const rows = await ask<{ id: string; name: string; color: string }[]>(
    by,
    `/api/projects/${image.projectId}/classes`,
  );
  const annotations = args.format === "coco" && !args.ignored ? notIgnored(found, rows) : found;
  const { text, left } = encode(args.format, image, annotations, rows);
  if (args.out === undefined) process.stdout.write(text);
  else await writeFile(args.out, text);
  // Beside the file, which may be the standard output.
  console.error(`${annotations.length - left} annotations written.`);
  if (left > 0) console.error(`${left} points and lines left out: COCO holds areas only.`);
  for (const sentence of seenByOthers(annotations, args.format)) console.error(sentence);
  const ignored = found.length - annotations.length;
  if (ignored > 0) console.error(`${ignored} of ignored classes left out: --ignored writes them too.`);
  return 0;
}

async function find(by: Visit, wanted: string): Promise<{ image: ImageAnswer; layers: LayerAnswer[] }> {
  const images = await ask<ImageAnswer[]>(by, "/api/images");
  const image = images.find(({ id }) => id === wanted);
  if (image) return { image, layers: await ask<LayerAnswer[]>(by, `/api/images/${image.id}/layers`) };
  const layer = await findLayer(by, wanted);
  return { image: await ask<ImageAnswer>(by, `/api/images/${layer.imageId}`), layers: [layer] };
}

async function read({ server, token }: Visit, { room }: LayerAnswer): Promise<AnnotationSnapshot[]> {
  const live = openLiveDocument({ server, room, token });
  try {
    await Promise.race([live.synced, live.ended]);
    const query = createQuery(createLayerDocument(live.doc));
    if (query.unreadable > 0)
      console.error(
        `${query.unreadable} values in ${room} cannot be read by this version, and are left out.`,
      );
    return [...query.all()];
  } finally {
    live.close();
  }
}

function encode(
  format: "geojson" | "coco",
  image: ImageAnswer,
  annotations: readonly AnnotationSnapshot[],
  rows: readonly { id: string; name: string; color: string }[],
): { text: string; left: number } {
  if (format === "geojson")
    return { text: `${asciiJson(encodeGeoJson(annotations, { classes: rows }))}\n`, left: 0 };
  if (!image.summary)
    throw new ServerError(
      "bad-argument",
      `The size of "${image.name}" is not known yet, and COCO needs it.`,
      {
        next: "Open the image once on the page, or export GeoJSON.",
      },
    );
  const { width, height } = image.summary;
  const { file, left } = encodeCoco([{ fileName: image.name, width, height, annotations }], rows);
  return { text: `${asciiJson(file)}\n`, left: left.length };
}
