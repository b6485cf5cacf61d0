import type { ClassId, LayerId } from "@coscope/annotations";
import { type FileSummary, matchClasses } from "@coscope/annotations/interchange";
import { formatCount, plural } from "../panels/format.ts";
import type { ClassRow } from "../state/rows.ts";
import { classPalette } from "../ui/color.ts";

/** What becomes of a class of the file: one of the project's, a new one, or none. */
export type ClassChoice =
  | { readonly kind: "class"; readonly id: ClassId }
  | { readonly kind: "new" | "none" };

/** How a file is to be imported. */
export interface ImportPlan {
  /** Which image of the file. */
  readonly image: number;
  /** null: a new one. */
  readonly layerId: LayerId | null;
  /** By the name in the file. */
  readonly classes: ReadonlyMap<string, ClassChoice>;
}

/** The project's class of the same name or with that synonym, else a new one. */
export function firstChoices(
  classes: FileSummary["classes"],
  rows: readonly ClassRow[],
): Map<string, ClassChoice> {
  const matched = matchClasses(
    classes.map(({ name }) => name),
    rows,
  );
  return new Map(
    classes.map(({ name }): [string, ClassChoice] => {
      const id = matched.get(name);
      return [name, id === undefined ? { kind: "new" } : { kind: "class", id }];
    }),
  );
}

/** `#rrggbb`: the file's, or the next of the palette. */
export const colorOfNew = (color: string | null, index: number): string =>
  color ?? classPalette[index % classPalette.length]!.value;

/** What a person should know before they import, in sentences. */
export function warningsOf(summary: FileSummary, problemCount: number): string[] {
  const { count, outside, elsewhere, otherSize, images, image, repaired, nuclei, unmeasured } = summary;
  const warnings: string[] = [];
  if (otherSize) {
    const { width, height } = images[image]!;
    warnings.push(`The file is about an image of ${width} × ${height} px. This one has another size.`);
  }
  if (outside > 0)
    warnings.push(
      outside === count
        ? "All of it lies outside of this image, in part at least. Is it the right file?"
        : `${outside} of ${count} lie outside of this image, in part at least.`,
    );
  if (elsewhere > 0)
    warnings.push(`${elsewhere} of ${count} are on a depth or time that this image does not have.`);
  if (repaired > 0) warnings.push(repairedText(repaired));
  if (nuclei > 0)
    warnings.push(
      `${nuclei === 1 ? "One cell has an outline of its nucleus" : `${nuclei} cells have outlines of their nuclei`} too, which ${nuclei === 1 ? "is" : "are"} left out.`,
    );
  if (unmeasured > 0)
    warnings.push(
      `The file's measurements of ${unmeasured === 1 ? "one annotation" : `${unmeasured} annotations`} are left out. The table of objects measures area, perimeter and intensity anew.`,
    );
  if (problemCount > 0)
    warnings.push(
      problemCount === 1
        ? "One thing in the file cannot be read and is left out."
        : `${problemCount} things in the file cannot be read and are left out.`,
    );
  return warnings;
}

/** What became of outlines that were no areas as they stood. */
export const repairedText = (count: number): string =>
  count === 1
    ? "One outline crosses or overlaps itself: it is repaired, the area stays."
    : `${count} outlines cross or overlap themselves: they are repaired, the areas stay.`;

/** What came of an import. Classes are the project's, and others may have used them since: an undo leaves them. */
export function doneText(count: number, all: number, classes: ReadonlyMap<string, ClassChoice>): string {
  const made = [...classes.values()].filter(({ kind }) => kind === "new").length;
  const stay = made === 0 ? "." : made === 1 ? "; the new class stays." : `; the ${made} new classes stay.`;
  return count === all
    ? `${plural(count, "annotation")} imported. Undo takes them away again${stay}`
    : `Stopped: ${formatCount(count)} of ${plural(all, "annotation")} imported. Undo takes them away${stay}`;
}

const NEXT_STEPS: Readonly<Record<string, string>> = {
  "not-json": "Is it complete? Save or download it again.",
  unsupported: "Export GeoJSON from QuPath, or COCO instances, and drop that.",
  "too-large": "Export it in parts.",
};

/** What a person can do about a file that cannot be read. */
export const nextStepFor = (code: string): string =>
  NEXT_STEPS[code] ?? "Try another file: GeoJSON as QuPath writes it, or COCO instances.";
