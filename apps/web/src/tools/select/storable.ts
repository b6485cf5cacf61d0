import { areaOf, type Geometry, isArea, quantizeGeometry } from "@coscope/annotations/geometry";
import { isSound, SLIVER_PX2 } from "@coscope/annotations/transform";

type Shapes = readonly Geometry[];

/** What a person is told where turning or resizing leaves nothing of a shape. */
export const TOO_SMALL = "At this size there would be nothing left to see. Nothing was changed.";

/**
 * Shapes that were turned or resized, as they may be stored: on the grid an outline may have come to cross itself,
 * and a hole to nothing. null where nothing is left of one of them. At once where all are sound, as most are; else
 * when the code that mends has loaded.
 */
export function storable(shapes: Shapes): Shapes | null | Promise<Shapes | null> {
  if (shapes.every(isFine)) return shapes;
  return import("@coscope/annotations/shapes").then(({ mended }) => {
    const sound: Geometry[] = [];
    for (const shape of shapes) {
      const one = isFine(shape) ? shape : mended(quantizeGeometry(shape));
      if (!one || isNothing(one)) return null;
      sound.push(one);
    }
    return sound;
  });
}

const isFine = (g: Geometry): boolean => !isNothing(g) && (g.kind !== "polygon" || isSound(g.parts) === true);

const isNothing = (g: Geometry): boolean => isArea(g) && areaOf(g) < SLIVER_PX2;
