import { isSourceError } from "../../errors.ts";
import type { ByteStore } from "../http-store.ts";
import { childrenOf, parseXml } from "../xml.ts";
import { type Group, readGroup } from "./manifest.ts";

/** An image, or a folder of images, inside an OME-Zarr. */
export interface ListedItem {
  readonly name: string;
  /** To be opened, or looked into further. */
  readonly url: string;
  /** A photograph of the slide or its label, which may name a patient: not to be copied unasked. */
  readonly associated?: boolean;
}

export interface ListedWell extends ListedItem {
  /** 0-based. */
  readonly row: number;
  readonly column: number;
}

export interface Plate {
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  readonly wells: readonly ListedWell[];
}

/** What an address holds. */
export interface Listing {
  /** "series": several images side by side; "plate": wells; "well": the fields of one. */
  readonly kind: "image" | "series" | "plate" | "well";
  /** Images, or a plate's wells, in the file's order; one for "image". */
  readonly items: readonly ListedItem[];
  /** Label images that belong to the image. */
  readonly labels: readonly ListedItem[];
  readonly plate?: Plate;
}

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const asObjects = (value: unknown): Json[] => (Array.isArray(value) ? value.filter(isObject) : []);
const asText = (value: unknown): string => (typeof value === "string" ? value : "");

/** A member's path that stays inside its group. */
const isInside = (path: string): boolean =>
  path !== "" && !path.startsWith("/") && !path.split("/").some((part) => part === ".." || part === "");

const MAX_ITEMS = 10_000;
/** Members asked for at once where the file does not list them. */
const PROBES = 8;

/**
 * Lists what an OME-Zarr folder holds. One request for an image, one more for
 * its labels or for the list of a series.
 * @throws SourceError
 */
export async function listOmeZarr(
  store: ByteStore,
  name: string,
  signal?: AbortSignal,
): Promise<Listing | null> {
  const group = await readGroup(store, "", undefined, signal);
  if (!group) return null;
  const item = (path: string, label: string): ListedItem => ({ name: label, url: store.locate(path) });
  // HCS takes precedence over series, says the specification.
  if (isObject(group.ome["plate"])) return listPlate(group.ome["plate"], item);
  if (isObject(group.ome["well"])) {
    const fields = asObjects(group.ome["well"]["images"])
      .map((image) => asText(image["path"]))
      .filter(isInside)
      .slice(0, MAX_ITEMS);
    return { kind: "well", items: fields.map((path, i) => item(path, `Field ${i + 1}`)), labels: [] };
  }
  if (group.ome["bioformats2raw.layout"] !== undefined && !Array.isArray(group.ome["multiscales"])) {
    return { kind: "series", items: await listSeries(store, group, item, signal), labels: [] };
  }
  return {
    kind: "image",
    items: [{ name, url: store.locate("") }],
    labels: await labelsOf(store, group.zarrFormat, signal),
  };
}

function listPlate(plate: Json, item: (path: string, name: string) => ListedItem): Listing {
  const names = (key: string) => asObjects(plate[key]).map((entry) => asText(entry["name"]));
  const [rows, columns] = [names("rows"), names("columns")];
  const wells: ListedWell[] = [];
  for (const well of asObjects(plate["wells"]).slice(0, MAX_ITEMS)) {
    const path = asText(well["path"]);
    if (!isInside(path)) continue;
    const [inRow = "", inColumn = ""] = path.split("/");
    // Before 0.4 the path alone said where a well is.
    const at = (key: string, otherwise: number) =>
      typeof well[key] === "number" && Number.isInteger(well[key]) ? (well[key] as number) : otherwise;
    const row = at("rowIndex", rows.indexOf(inRow));
    const column = at("columnIndex", columns.indexOf(inColumn));
    wells.push({ ...item(path, `${rows[row] ?? inRow}${columns[column] ?? inColumn}`), row, column });
  }
  return { kind: "plate", items: wells, labels: [], plate: { rows, columns, wells } };
}

async function listSeries(
  store: ByteStore,
  group: Group,
  item: (path: string, name: string) => ListedItem,
  signal: AbortSignal | undefined,
): Promise<ListedItem[]> {
  const [listed, names] = await Promise.all([
    readGroup(store, "OME", group.zarrFormat, signal).catch(() => null),
    imageNames(store, signal),
  ]);
  const series = listed?.ome["series"];
  const paths = Array.isArray(series)
    ? series.map(asText).filter(isInside).slice(0, MAX_ITEMS)
    : await probeSeries(store, group, signal);
  return paths.map((path, i) => item(path, names[i] || `Image ${i + 1}`));
}

/** Without a list the images are 0, 1, 2… up to the first that is missing. */
async function probeSeries(
  store: ByteStore,
  group: Group,
  signal: AbortSignal | undefined,
): Promise<string[]> {
  const paths: string[] = [];
  while (paths.length < MAX_ITEMS) {
    const next = Array.from({ length: PROBES }, (_, i) => String(paths.length + i));
    const found = await Promise.all(next.map((path) => readGroup(store, path, group.zarrFormat, signal)));
    const missing = found.indexOf(null);
    paths.push(...next.slice(0, missing < 0 ? PROBES : missing));
    if (missing >= 0) break;
  }
  return paths;
}

/** bioformats2raw keeps the original metadata, with a name per image. Nice to have: never an error. */
async function imageNames(store: ByteStore, signal: AbortSignal | undefined): Promise<string[]> {
  try {
    const bytes = await store.get("OME/METADATA.ome.xml", signal ? { signal } : {});
    if (!bytes) return [];
    const ome = parseXml(new TextDecoder().decode(bytes));
    return childrenOf(ome, "Image").map((image) => image.attributes["Name"] ?? "");
  } catch {
    return [];
  }
}

/** The label images below an image: one request where its format is known. */
export async function labelsOf(
  store: ByteStore,
  format: 2 | 3 | undefined,
  signal: AbortSignal | undefined,
): Promise<ListedItem[]> {
  // A page instead of metadata means that there are no labels, not that the image is broken.
  const labels = await readGroup(store, "labels", format, signal).catch((error) => {
    if (isSourceError(error, "unreachable", "cors", "aborted")) throw error;
    return null;
  });
  const names = labels?.ome["labels"];
  if (!Array.isArray(names)) return [];
  return names
    .map(asText)
    .filter(isInside)
    .slice(0, MAX_ITEMS)
    .map((name) => ({ name, url: store.locate(`labels/${name}`) }));
}
