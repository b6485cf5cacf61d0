import type { ClassAttribute } from "../state/rows.ts";

/** An attribute of a class as it is being typed. */
export interface AttributeDraft {
  readonly key: number;
  readonly name: string;
  readonly type: ClassAttribute["type"];
  /** With commas between them. */
  readonly options: string;
  readonly unit: string;
  readonly min: string;
  readonly max: string;
  readonly proposed: string;
}

let lastKey = 0;

export function draftOf(attribute?: ClassAttribute): AttributeDraft {
  const { name = "", type = "text", options = [], unit = "", min, max } = attribute ?? {};
  const proposed = attribute?.default;
  return {
    key: ++lastKey,
    name,
    type,
    options: options.join(", "),
    unit,
    min: min === undefined ? "" : String(min),
    max: max === undefined ? "" : String(max),
    proposed: proposed === undefined ? "" : String(proposed),
  };
}

export function listOf(text: string): string[] {
  return [
    ...new Set(
      text
        .split(/[,\n]/)
        .map((part) => part.trim())
        .filter(Boolean),
    ),
  ];
}

/** What was typed as the server takes it, or what is wrong with it in a sentence. */
export function parseDrafts(
  drafts: readonly AttributeDraft[],
): { attributes: ClassAttribute[] } | { wrong: string } {
  const attributes: ClassAttribute[] = [];
  for (const draft of drafts) {
    const name = draft.name.trim();
    if (name === "") return { wrong: "An attribute needs a name." };
    if (name.includes("/") || name.startsWith("coscope.") || name.length > 64)
      return { wrong: `“${name}” cannot be a name: no slash, at most 64 characters.` };
    if (attributes.some((other) => other.name === name)) return { wrong: `“${name}” stands there twice.` };
    const parsed = parseOne(name, draft);
    if (typeof parsed === "string") return { wrong: parsed };
    attributes.push(parsed);
  }
  return { attributes };
}

function parseOne(
  name: string,
  { type, options, unit, min, max, proposed }: AttributeDraft,
): ClassAttribute | string {
  const given = proposed.trim();
  if (type === "text") return { name, type, ...(given && { default: given }) };
  if (type === "checkbox") return { name, type, ...(given && { default: given === "true" }) };
  if (type === "select") {
    const list = listOf(options);
    if (list.length === 0) return `“${name}” needs choices, with commas between them.`;
    if (given && !list.includes(given)) return `“${given}” is not among the choices of “${name}”.`;
    return { name, type, options: list, ...(given && { default: given }) };
  }
  const numbers = { min, max, default: proposed };
  const result: { -readonly [K in keyof ClassAttribute]: ClassAttribute[K] } = { name, type };
  if (unit.trim()) result.unit = unit.trim();
  for (const [key, text] of Object.entries(numbers)) {
    if (text.trim() === "") continue;
    const value = Number(text);
    if (!Number.isFinite(value)) return `“${text}” is not a number (“${name}”).`;
    result[key as "min" | "max" | "default"] = value;
  }
  const { min: low = Number.NEGATIVE_INFINITY, max: high = Number.POSITIVE_INFINITY } = result;
  if (low > high) return `The least of “${name}” is above the most.`;
  const start = result.default;
  if (typeof start === "number" && (start < low || start > high))
    return `${start} is outside of the limits of “${name}”.`;
  return result;
}
