import type { ClassId } from "../document/index.ts";

/** What is looked at of a project's class. */
export interface NamedClass {
  readonly id: ClassId;
  readonly name: string;
  readonly synonyms?: readonly string[];
}

/** `tumor:positive` is `Tumor: Positive`. */
const plain = (name: string): string =>
  name
    .trim()
    .replace(/\s*:\s*/g, ":")
    .replace(/\s+/g, " ")
    .toLowerCase();

/** The project's class of each name, by its own name or a synonym; names without one are left out. */
export function matchClasses(names: Iterable<string>, rows: readonly NamedClass[]): Map<string, ClassId> {
  const known = new Map<string, ClassId>();
  // Names come before synonyms, and the exact spelling before another.
  for (const { id, synonyms = [] } of rows) for (const name of synonyms) known.set(plain(name), id);
  for (const { id, name } of rows.toReversed()) known.set(plain(name), id);
  const exact = new Map(rows.map(({ id, name }) => [name, id]));
  const matched = new Map<string, ClassId>();
  for (const name of names) {
    const id = exact.get(name) ?? known.get(plain(name));
    if (id !== undefined) matched.set(name, id);
  }
  return matched;
}
