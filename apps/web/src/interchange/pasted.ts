import { decodeGeoJson, InterchangeError, toAdd } from "@coscope/annotations/interchange";
import type { ClipItem } from "../session/clip.ts";
import { repairedText } from "./plan.ts";

/** What is to be pasted, and what a person should know about it, in sentences. */
export interface Pasted {
  readonly items: readonly ClipItem[];
  readonly notes: readonly string[];
}

/** Another program's GeoJSON, with all that an import would take of it; null where it is something else. */
export function pastedFrom(text: string): Pasted | null {
  let file: ReturnType<typeof decodeGeoJson>;
  try {
    file = decodeGeoJson(text);
  } catch (error) {
    if (error instanceof InterchangeError) return null;
    throw error;
  }
  const { annotations, problems } = file;
  const items = annotations.map((one): ClipItem => {
    const { geometry, label, attributes = {} } = toAdd(one, { classOf: () => null, file: "clipboard" });
    return { from: "", geometry, classId: null, className: one.className, label, attributes };
  });
  const notes: string[] = [];
  const repaired = annotations.filter((one) => one.repaired).length;
  if (repaired > 0) notes.push(repairedText(repaired));
  if (problems.length > 0)
    notes.push(
      problems.length === 1
        ? `One thing in it cannot be read and is left out: ${problems[0]!.message}`
        : `${problems.length} things in it cannot be read and are left out, the first: ${problems[0]!.message}`,
    );
  return { items, notes };
}
