import { DocumentError } from "./errors.ts";
import { isAttributeName, isId } from "./ids.ts";
import type { RootMap } from "./layer-document.ts";
import {
  parseAttribute,
  parseClass,
  parseFirstGeometry,
  parseGeometry,
  parseLabel,
  parseOrigin,
  parseRemoved,
  ValueError,
} from "./values.ts";

const PARSERS: Readonly<Record<RootMap, (raw: unknown) => unknown>> = {
  geometry: parseGeometry,
  class: parseClass,
  label: parseLabel,
  attribute: parseAttribute,
  origin: (raw) => {
    const { first } = parseOrigin(raw);
    if (first) parseFirstGeometry(first);
  },
  removed: parseRemoved,
};

/** Throws DocumentError where the key may not stand in that map. */
export function checkKey(map: RootMap, key: string): void {
  const slash = key.indexOf("/");
  const good =
    map === "attribute"
      ? slash > 0 && isId(key.slice(0, slash)) && isAttributeName(key.slice(slash + 1))
      : isId(key);
  if (good) return;
  const expected = map === "attribute" ? "<annotation id>/<name>" : "an annotation id";
  throw new DocumentError("bad-key", `${map}/${key.slice(0, 120)}`, expected, "another key");
}

/** Throws DocumentError where the value may not stand there. */
export function checkValue(map: RootMap, key: string, value: unknown): void {
  try {
    PARSERS[map](value);
  } catch (error) {
    if (!(error instanceof ValueError)) throw error;
    throw new DocumentError("bad-value", `${map}/${key}`, error.expected, describe(value));
  }
}

/** Whether the value may stand in some map: all that can be asked while the key is not known. */
export function fitsSomewhere(value: unknown): boolean {
  return Object.values(PARSERS).some((parse) => {
    try {
      parse(value);
      return true;
    } catch (error) {
      if (error instanceof ValueError) return false;
      throw error;
    }
  });
}

function describe(value: unknown): string {
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  return value === null ? "null" : typeof value;
}
