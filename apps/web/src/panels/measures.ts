import { type AnnotationSnapshot, areaOf, type Geometry, lengthOf } from "@coscope/annotations";
import type { Calibration } from "@coscope/viewer/source";
import { formatArea, formatLength, formatPosition } from "./format.ts";

export interface Measure {
  readonly name: string;
  readonly value: string;
}

/** What a biologist wants to know about a shape, in physical units where the image has them. */
export function measuresOf(object: AnnotationSnapshot, calibration: Calibration | null): Measure[] {
  const { geometry, bounds } = object;
  const measures: Measure[] = [];
  const centre = formatPosition(
    (bounds.minX + bounds.maxX) / 2,
    (bounds.minY + bounds.maxY) / 2,
    calibration,
  );
  if (geometry.kind !== "point") {
    // Lengths mix both axes; pixels of microscopes are square, or nearly.
    const length = formatLength(lengthOf(geometry), calibration);
    if (geometry.kind === "polyline") measures.push({ name: "Length", value: length });
    else {
      measures.push({ name: "Area", value: formatArea(areaOf(geometry), calibration) });
      measures.push({ name: "Perimeter", value: length });
    }
    const width = formatLength(bounds.maxX - bounds.minX, calibration, "x");
    const height = formatLength(bounds.maxY - bounds.minY, calibration, "y");
    measures.push({ name: "Size", value: `${width} × ${height}` });
  }
  measures.push({ name: "Centre", value: `${centre.x}, ${centre.y} ${centre.unit}` });
  return measures;
}

const KINDS: Record<Geometry["kind"], string> = {
  point: "Point",
  polyline: "Line",
  rectangle: "Rectangle",
  ellipse: "Ellipse",
  polygon: "Polygon",
};

export function kindOf(object: AnnotationSnapshot): string {
  return KINDS[object.geometry.kind];
}
