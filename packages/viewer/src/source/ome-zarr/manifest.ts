import { SourceError } from "../../errors.ts";
import type { ByteStore } from "../http-store.ts";
import type { LabelInfo } from "../image-source.ts";
import { type FirstChunks, guessFirstChunks } from "./first-chunks.ts";
import { type ArrayDocument, type Multiscale, parseMultiscale } from "./metadata.ts";
import { tellsMiddle, withMiddle } from "./middle-levels.ts";
import { asVersion05 } from "./newer.ts";

/**
 * Everything read to open an image, as plain data: a worker that gets it need
 * ask the server nothing before the first chunk.
 */
export interface OmeZarrManifest {
  readonly url: string;
  readonly zarrFormat: 2 | 3;
  /** Path of the multiscale group below `url`; "" for `url` itself. */
  readonly group: string;
  readonly multiscale: Multiscale;
  /** One per dataset, full resolution first: zarr.json, or `.zarray`. */
  readonly arrays: readonly ArrayDocument[];
  /** Whether the arrays between the first and the last were told from these, not read. */
  readonly assumed: boolean;
}

type Json = Record<string, unknown>;

const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

async function readJson(
  store: ByteStore,
  key: string,
  signal: AbortSignal | undefined,
): Promise<Json | null> {
  const bytes = await store.get(key, signal ? { signal } : {});
  if (!bytes) return null;
  try {
    const parsed: unknown = JSON.parse(new TextDecoder().decode(bytes));
    if (isObject(parsed)) return parsed;
  } catch {
    // Said below, together with JSON that is no object.
  }
  throw new SourceError("not-an-image", {
    url: store.locate(key),
    expected: "Zarr metadata (JSON)",
    got: "something else",
    next: "Check that the address is that of an OME-Zarr folder; some servers answer every address with a page.",
  });
}

export interface Group {
  readonly zarrFormat: 2 | 3;
  readonly path: string;
  /** 0.5: `attributes.ome`; 0.4: `.zattrs`. */
  readonly ome: Json;
  /** Metadata of members by path below the root, where the file repeats it. */
  readonly consolidated: Json;
}

export async function readGroup(
  store: ByteStore,
  path: string,
  format: 2 | 3 | undefined,
  signal: AbortSignal | undefined,
): Promise<Group | null> {
  const versions = format ? [format] : saysVersion2(store.locate("")) ? ([2, 3] as const) : ([3, 2] as const);
  for (const version of versions) {
    const group = await (version === 3 ? readGroup3 : readGroup2)(store, path, signal);
    if (group) return group;
  }
  return null;
}

/** Public collections keep their versions apart by folder: that spares asking 0.4 for the file of 0.5. */
function saysVersion2(url: string): boolean {
  return /(^|[^a-z0-9])(v|ngff-?|zarr-?)0\.[1-4]([^0-9]|$)/i.test(new URL(url).pathname);
}

const below = (path: string, file: string) => (path === "" ? `/${file}` : `/${path}/${file}`);

async function readGroup3(
  store: ByteStore,
  path: string,
  signal: AbortSignal | undefined,
): Promise<Group | null> {
  const document = await readJson(store, below(path, "zarr.json"), signal);
  if (!document) return null;
  const attributes = isObject(document["attributes"]) ? document["attributes"] : {};
  const inlined = isObject(document["consolidated_metadata"])
    ? document["consolidated_metadata"]["metadata"]
    : undefined;
  if (document["node_type"] === "array") {
    throw notOme(store, "a bare Zarr array");
  }
  return {
    zarrFormat: 3,
    path,
    ome: isObject(attributes["ome"]) ? attributes["ome"] : attributes,
    consolidated: isObject(inlined) ? inlined : {},
  };
}

async function readGroup2(
  store: ByteStore,
  path: string,
  signal: AbortSignal | undefined,
): Promise<Group | null> {
  const attributes = await readJson(store, below(path, ".zattrs"), signal);
  return attributes ? { zarrFormat: 2, path, ome: attributes, consolidated: {} } : null;
}

function notOme(store: ByteStore, got: string): SourceError {
  return new SourceError("not-an-image", {
    url: store.locate(""),
    expected: "an OME-Zarr image",
    got,
    next: "Use the address of the folder that holds the multiscale image, or import the image with `coscope import`.",
  });
}

const join = (...parts: string[]): string => parts.filter((part) => part !== "" && part !== "/").join("/");

/** Follows plates, wells and bioformats2raw containers down to their first image. */
async function findImage(
  store: ByteStore,
  group: Group,
  warnings: string[],
  signal: AbortSignal | undefined,
): Promise<Group> {
  if (Array.isArray(group.ome["multiscales"])) return group;
  let child: string | null = null;
  const plate = group.ome["plate"];
  const well = group.ome["well"];
  if (isObject(plate)) {
    child = firstPath(plate["wells"]);
    warnings.push("The file is a plate; its first well is shown.");
  } else if (isObject(well)) {
    child = firstPath(well["images"]);
  } else if (group.ome["bioformats2raw.layout"] !== undefined) {
    child = "0";
    warnings.push("The file holds a series of images; the first is shown.");
  }
  if (child === null) throw notOme(store, "a Zarr group without multiscales");
  const next = await readGroup(store, join(group.path, child), group.zarrFormat, signal);
  if (!next) throw notOme(store, `no image at "${join(group.path, child)}", which the file names`);
  return findImage(store, { ...next, consolidated: group.consolidated }, warnings, signal);
}

const NO_LABEL_INFO: LabelInfo = { colors: new Map(), properties: new Map() };

/** Some writers leave `image-label` out; where the image lies tells it all the same. */
function isBelowLabels(url: string, path: string): boolean {
  const parts = join(new URL(url).pathname, path).split("/").filter(Boolean);
  return parts.at(-2) === "labels";
}

function firstPath(entries: unknown): string | null {
  const first = Array.isArray(entries) ? entries[0] : undefined;
  const path = isObject(first) ? first["path"] : undefined;
  return typeof path === "string" && !path.split("/").includes("..") ? path : null;
}

/** Metadata of a level, as the store has it. */
export async function readArrayDocument(
  store: ByteStore,
  { zarrFormat, group, multiscale }: Pick<OmeZarrManifest, "zarrFormat" | "group" | "multiscale">,
  level: number,
  signal: AbortSignal | undefined,
): Promise<ArrayDocument> {
  const { path } = multiscale.datasets[level]!;
  const key = `/${join(group, path, zarrFormat === 3 ? "zarr.json" : ".zarray")}`;
  const document = await readJson(store, key, signal);
  if (document) return document;
  throw new SourceError("malformed", {
    url: store.locate(key),
    expected: `metadata of the level "${path}" that the image lists`,
    got: "nothing",
    next: "The copy is incomplete: copy or convert the image again.",
  });
}

/**
 * Reads what is needed to open an image: one round trip for the group and one
 * for the levels at once; one in all where the metadata is consolidated. Of a
 * regular pyramid only the first and the last level are read.
 * @throws SourceError
 */
export async function readManifest(
  store: ByteStore,
  signal: AbortSignal | undefined,
  probe: () => Promise<boolean>,
): Promise<{ manifest: OmeZarrManifest; ahead: FirstChunks | null }> {
  const url = store.locate("");
  const root = await readGroup(store, "", undefined, signal);
  if (!root) {
    if (await probe()) throw notOme(store, "neither zarr.json nor .zattrs");
    throw new SourceError("not-found", {
      url,
      expected: "an OME-Zarr image",
      got: "nothing (not found, or access refused)",
      next: "Check the address: it should end in the folder that holds zarr.json or .zattrs.",
    });
  }
  const warnings: string[] = [];
  const group = await findImage(store, root, warnings, signal);
  const readable = asVersion05(group.ome);
  const parsed = parseMultiscale(readable.ome, url);
  const label = parsed.label ?? (isBelowLabels(url, group.path) ? NO_LABEL_INFO : null);
  const multiscale = { ...parsed, label, warnings: [...warnings, ...readable.warnings, ...parsed.warnings] };
  const image = { zarrFormat: group.zarrFormat, group: group.path, multiscale };
  const { datasets } = multiscale;
  const inlined = datasets.map(({ path }) => group.consolidated[join(group.path, path)]);
  const read = async (level: number) => {
    const known = inlined[level];
    return isObject(known) ? known : readArrayDocument(store, image, level, signal);
  };
  const isInlined = inlined.every(isObject);
  const levels = datasets.map((_, level) => level);
  const ends = !isInlined && tellsMiddle(datasets) ? [0, levels.length - 1] : levels;
  const reading = Promise.all(ends.map(read));
  // The chunks are asked for at the same time, but not before.
  const ahead = isInlined ? null : guessFirstChunks(store, image, signal);
  const arrays = await reading;
  if (arrays.length === levels.length) return { manifest: { url, ...image, arrays, assumed: false }, ahead };
  const [first, last] = arrays as [ArrayDocument, ArrayDocument];
  const all = withMiddle(datasets, first, last);
  if (all) return { manifest: { url, ...image, arrays: all, assumed: true }, ahead };
  const middle = await Promise.all(levels.slice(1, -1).map(read));
  return { manifest: { url, ...image, arrays: [first, ...middle, last], assumed: false }, ahead };
}
