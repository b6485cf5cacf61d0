/** `Tumour: Positive` → `["Tumour", "Positive"]`; without empty parts. */
export function pathOf(name: string): string[] {
  const parts = name
    .split(":")
    .map((part) => part.trim())
    .filter(Boolean);
  return parts.length > 0 ? parts : [name.trim()];
}

/**
 * QuPath's rule: a name that ends in an asterisk, as `Ignore*` or `Artefact*`, is of what is no object, though of use as
 * a negative. What is derived from such a class is none either.
 */
export function isIgnored(name: string): boolean {
  return pathOf(name).some((part) => part.endsWith("*"));
}

/** What is of no ignored class: COCO knows no class that is left alone, and would have it learnt as objects. */
export function notIgnored<Item extends { readonly classId: string | null }>(
  items: readonly Item[],
  rows: readonly { readonly id: string; readonly name: string }[],
): Item[] {
  const ignored = new Set<string | null>(rows.filter(({ name }) => isIgnored(name)).map(({ id }) => id));
  return items.filter(({ classId }) => !ignored.has(classId));
}
