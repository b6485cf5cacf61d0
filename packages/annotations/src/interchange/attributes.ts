import { RESERVED_PREFIX } from "../document/attributes.ts";
import { isAttributeName } from "../document/ids.ts";
import { isBoundedJson, type Json } from "../document/json.ts";
import { InterchangeError, shown } from "./errors.ts";
import { isObject, type JsonObject } from "./read.ts";
import type { ExportedAnnotation } from "./types.ts";

type Attributes = Readonly<Record<string, Json>>;

/** null where there are none. */
export function attributesToWrite({ attributes = {} }: ExportedAnnotation): Attributes | null {
  return Object.keys(attributes).length > 0 ? attributes : null;
}

/** QuPath's metadata are texts. */
export const metadataOf = (attributes: Attributes): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, asText(value)]));

const asText = (value: Json): string => (typeof value === "string" ? value : JSON.stringify(value));

/** What of an object may be stored as attributes; the rest are problems. null where nothing is left. */
export function readAttributes(
  value: unknown,
  at: string,
  problems: InterchangeError[],
): Record<string, Json> | null {
  if (!isObject(value)) return null;
  const good: [string, Json][] = [];
  for (const [name, one] of Object.entries(value)) {
    if (one === null || one === undefined) continue;
    if (isAttributeName(name) && !name.startsWith(RESERVED_PREFIX) && isBoundedJson(one))
      good.push([name, one]);
    else
      problems.push(
        new InterchangeError(
          "bad-value",
          `${at}.${name.slice(0, 80)}`,
          "a name of up to 64 characters without / and plain data up to 16 KiB",
          shown(one),
        ),
      );
  }
  return good.length > 0 ? Object.fromEntries(good) : null;
}

/** Ours where a text still says the same; a text that was changed or added since, as it is. */
export function mergeMetadata(
  own: Record<string, Json> | null,
  metadata: unknown,
  at: string,
  problems: InterchangeError[],
): Record<string, Json> | null {
  if (!isObject(metadata)) return own;
  const texts = readAttributes(stringsOf(metadata), at, problems) ?? {};
  const merged: Record<string, Json> = {};
  for (const [name, text] of Object.entries(texts)) {
    const typed = own && Object.hasOwn(own, name) ? own[name] : undefined;
    merged[name] = typed !== undefined && asText(typed) === text ? typed : text;
  }
  return Object.keys(merged).length > 0 ? merged : null;
}

const stringsOf = (metadata: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(metadata).filter(([, value]) => typeof value === "string"));
