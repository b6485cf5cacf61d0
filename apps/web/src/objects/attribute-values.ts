import type { AnnotationSnapshot, Json } from "@coscope/annotations";
import { pathOf } from "@coscope/annotations/class-names";
import type { ClassAttribute, ClassRow } from "../state/rows.ts";
import type { AttributeValue } from "../state/workspace.ts";

type Described = Pick<AnnotationSnapshot, "id" | "classId" | "attributes">;

/** What annotations of a class answer: what its base classes ask, then its own. The nearer class has the last word. */
export function attributesOf(
  classes: readonly ClassRow[],
  classId: string | null,
): readonly ClassAttribute[] {
  const row = classes.find(({ id }) => id === classId);
  if (!row) return [];
  const path = pathOf(row.name);
  const found = new Map<string, ClassAttribute>();
  for (let depth = 1; depth <= path.length; depth++) {
    const base = path.slice(0, depth).join(": ");
    const owner =
      depth === path.length ? row : classes.find((other) => pathOf(other.name).join(": ") === base);
    for (const attribute of owner?.attributes ?? []) found.set(attribute.name, attribute);
  }
  return [...found.values()];
}

/** Whether a value is one of the attribute's. */
export function fits({ type, options, min, max }: ClassAttribute, value: Json): value is AttributeValue {
  if (type === "checkbox") return typeof value === "boolean";
  if (type === "number")
    return typeof value === "number" && value >= (min ?? value) && value <= (max ?? value);
  return typeof value === "string" && (type === "text" || (options ?? []).includes(value));
}

/** One line of the form. */
export interface Field {
  readonly attribute: ClassAttribute;
  /** Those of the selection whose class asks for it. */
  readonly ids: readonly string[];
  /** What all of them have; undefined where they differ, null where none has any. */
  readonly value: AttributeValue | null | undefined;
}

/** A value that no class asks for, or that is not what it asks for. */
export interface Stray {
  readonly name: string;
  readonly ids: readonly string[];
  /** undefined where they differ. */
  readonly value: Json | undefined;
}

/** The form of a selection: what its classes ask, and what else is there. */
export function formOf(
  selected: readonly Described[],
  classes: readonly ClassRow[],
): { readonly fields: readonly Field[]; readonly strays: readonly Stray[] } {
  const asked = new Map<string | null, readonly ClassAttribute[]>();
  const fields = new Map<
    string,
    { attribute: ClassAttribute; ids: string[]; values: Set<AttributeValue | null> }
  >();
  const strays = new Map<string, { ids: string[]; values: Map<string, Json> }>();
  for (const { id, classId, attributes } of selected) {
    let own = asked.get(classId);
    if (!own) {
      own = attributesOf(classes, classId);
      asked.set(classId, own);
    }
    const taken = new Set<string>();
    for (const attribute of own) {
      // Of two classes with one name for two things, the first one met gives the line.
      const key = JSON.stringify(attribute);
      let field = fields.get(key);
      if (!field) {
        field = { attribute, ids: [], values: new Set() };
        fields.set(key, field);
      }
      const value = attributes[attribute.name];
      field.ids.push(id);
      if (value === undefined || value === null) field.values.add(null);
      else if (fits(attribute, value)) {
        field.values.add(value);
        taken.add(attribute.name);
      } else field.values.add(null);
    }
    for (const name in attributes) {
      if (taken.has(name)) continue;
      let stray = strays.get(name);
      if (!stray) {
        stray = { ids: [], values: new Map() };
        strays.set(name, stray);
      }
      stray.ids.push(id);
      stray.values.set(JSON.stringify(attributes[name]), attributes[name]!);
    }
  }
  const only = <T>(values: Iterable<T>): T | undefined => {
    const [first, ...rest] = values;
    return rest.length > 0 ? undefined : first;
  };
  return {
    fields: [...fields.values()].map(({ attribute, ids, values }) => ({
      attribute,
      ids,
      value: only(values),
    })),
    strays: [...strays].map(([name, { ids, values }]) => ({ name, ids, value: only(values.values()) })),
  };
}
