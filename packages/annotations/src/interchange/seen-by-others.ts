import type { Geometry } from "../geometry/index.ts";
import type { FileFormat } from "./annotation-file.ts";

/**
 * What other programs will see otherwise than it is here, in sentences for whoever exports. We read all of it back as
 * it was.
 */
export function seenByOthers(
  annotations: Iterable<{ readonly geometry: Geometry }>,
  format: FileFormat,
): string[] {
  let ellipses = 0;
  let spanning = 0;
  const planes = new Set<string>();
  for (const { geometry } of annotations) {
    const { z, t } = geometry.plane;
    if (format === "coco" && (geometry.kind === "point" || geometry.kind === "polyline")) continue;
    if (geometry.kind === "ellipse") ellipses++;
    if (z === "all" || t === "all") spanning++;
    planes.add(`${z}/${t}`);
  }
  const sentences: string[] = [];
  if (ellipses > 0)
    sentences.push(
      `Other programs see ${ellipses === 1 ? "one ellipse as a polygon" : `${ellipses} ellipses as polygons`}.`,
    );
  if (format === "coco" && planes.size > 1)
    sentences.push(`COCO knows no depth or time: the annotations of ${planes.size} planes are in one image.`);
  if (format === "geojson" && spanning > 0)
    sentences.push(
      `GeoJSON has one plane for each: other programs see ${spanning === 1 ? "one that spans" : `${spanning} that span`} planes on the first.`,
    );
  return sentences;
}
