import { copyFile, mkdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseManifest } from "@coscope/models";
import { readManifest, SHIPPED_WEIGHTS } from "@coscope/models/weights";
import { ServerError } from "../../errors.ts";
import { Lane, WorkerGone, WorkRefused } from "../lane.ts";
import { modelsDir } from "../models.ts";
import { describeSam, type Graph } from "./describe-graphs.ts";
import { download, sha256Of } from "./download.ts";
import type { KnownModel } from "./registry.ts";

/** A graph is looked at with at most this much memory, and this long. */
const MEMORY_BYTES = 4 * 2 ** 30;
const LOOK_MS = 120_000;
/** As large as a manifest may say: far above any network meant for this. */
const MAX_BYTES = 512 * 2 ** 20;

export interface Files {
  readonly encoder: string;
  readonly decoder: string;
}

export interface Described {
  readonly id: string;
  readonly title: string;
  readonly licence: string;
  readonly source: string;
  readonly raw: boolean;
}

/** Makes a model of two files of SAM's kinds: they are looked at, copied, described, and there as a whole or not at all. */
export async function addFiles(dataDir: string, files: Files, described: Described): Promise<string> {
  await checkId(described.id);
  for (const file of [files.encoder, files.decoder]) await checkSize(file);
  const graphs = await lookAtGraphs(files);
  return place(dataDir, described.id, async (folder) => {
    await copyFile(files.encoder, join(folder, "encoder.onnx"));
    await copyFile(files.decoder, join(folder, "decoder.onnx"));
    await describe(folder, graphs, described);
  });
}

/** A folder with `manifest.json` and the files that it names, as `pull` and `add` make them. */
export async function addFolder(dataDir: string, from: string): Promise<string> {
  const json = await readManifest(from);
  const manifest = parseManifest(json);
  await checkId(manifest.id);
  await verifyFolder(from);
  return place(dataDir, manifest.id, async (folder) => {
    for (const { file } of [manifest.encoder, manifest.decoder])
      await copyFile(join(from, file), join(folder, file));
    await writeFile(join(folder, "manifest.json"), JSON.stringify(json, null, 1));
  });
}

/** Downloads a known model; what came down before is gone on with. */
export async function pull(
  dataDir: string,
  model: KnownModel,
  onProgress: (share: number) => void,
  signal?: AbortSignal,
): Promise<string> {
  const coming = join(modelsDir(dataDir), `.pulling-${model.id}`);
  const files = { encoder: join(coming, "encoder.onnx"), decoder: join(coming, "decoder.onnx") };
  const all = model.encoder.bytes + model.decoder.bytes;
  const part = (before: number, bytes: number) => ({
    onProgress: (share: number) => onProgress((before + share * bytes) / all),
    ...(signal ? { signal } : {}),
  });
  await download(model.encoder, files.encoder, part(0, model.encoder.bytes));
  await download(model.decoder, files.decoder, part(model.encoder.bytes, model.decoder.bytes));
  const { id, title, licence, source } = model;
  const folder = await addFiles(dataDir, files, { id, title, licence, source, raw: false });
  await rm(coming, { recursive: true, force: true });
  return folder;
}

/** Throws what is wrong with a folder of weights: hashes, and whether the graphs load. */
export async function verifyFolder(folder: string): Promise<void> {
  const manifest = parseManifest(await readManifest(folder));
  for (const entry of [manifest.encoder, manifest.decoder]) {
    const path = join(folder, entry.file);
    const size = (await stat(path).catch(() => null))?.size;
    if (size !== entry.bytes)
      throw changed(path, `${entry.bytes} bytes`, size === undefined ? "no file" : `${size}`);
    const sha256 = await sha256Of(path);
    if (sha256 !== entry.sha256) throw changed(path, `SHA-256 ${entry.sha256}`, sha256);
  }
  await lookAtGraphs({
    encoder: join(folder, manifest.encoder.file),
    decoder: join(folder, manifest.decoder.file),
  });
}

/** In a process of its own, so that a damaged graph ends that one. */
async function lookAtGraphs(files: Files): Promise<{ encoder: Graph; decoder: Graph }> {
  const lane = new Lane({
    settings: { provider: "cpu", threads: 1 },
    memoryBytes: MEMORY_BYTES,
    fetch: () => Promise.reject(new Error("nothing is read here")),
    onNote: () => {},
    onGone: () => {},
  });
  const look = async (file: string): Promise<Graph> => {
    try {
      return await lane.run({ kind: "check", file }, AbortSignal.timeout(LOOK_MS));
    } catch (error) {
      const refused = error instanceof WorkRefused ? error.failure : null;
      const message =
        refused?.message ??
        `${file}: ${error instanceof WorkerGone ? `looking at it failed, ${error.message}` : (error as Error).message}`;
      throw new ServerError("model-unavailable", message, {
        next: refused?.next ?? "It is no ONNX graph that the runtime reads, or it needs too much memory.",
        cause: error,
      });
    }
  };
  try {
    return { encoder: await look(files.encoder), decoder: await look(files.decoder) };
  } finally {
    await lane.close();
  }
}

async function describe(
  folder: string,
  { encoder, decoder }: { encoder: Graph; decoder: Graph },
  { id, title, licence, source, raw }: Described,
): Promise<void> {
  const { family, input, outputs, candidates } = describeSam(encoder, decoder, raw);
  const fileOf = async (file: string) => ({
    file,
    bytes: (await stat(join(folder, file))).size,
    sha256: await sha256Of(join(folder, file)),
  });
  const manifest = {
    id,
    family,
    title,
    license: licence,
    source,
    encoder: { ...(await fileOf("encoder.onnx")), input, outputs },
    decoder: { ...(await fileOf("decoder.onnx")), candidates },
    normalisation: { low_percentile: 0.5, high_percentile: 99.8 },
  };
  parseManifest(manifest);
  await writeFile(join(folder, "manifest.json"), `${JSON.stringify(manifest, null, 1)}\n`);
}

async function place(dataDir: string, id: string, fill: (folder: string) => Promise<void>): Promise<string> {
  const dir = modelsDir(dataDir);
  const building = join(dir, `.adding-${id}-${process.pid}`);
  const folder = join(dir, id);
  const old = `${building}-old`;
  await mkdir(building, { recursive: true });
  try {
    await fill(building);
    await rename(folder, old).catch(() => {});
    await rename(building, folder);
  } finally {
    await rm(building, { recursive: true, force: true });
    await rm(old, { recursive: true, force: true });
  }
  return folder;
}

async function checkSize(file: string): Promise<void> {
  const size = (await stat(file).catch(() => null))?.size;
  if (size === undefined)
    throw new ServerError("bad-argument", `There is no file ${file}.`, { next: "Check its path." });
  if (size > 0 && size <= MAX_BYTES) return;
  throw new ServerError(
    "too-large",
    `${file} has ${Math.round(size / 2 ** 20)} MiB; expected at most ${MAX_BYTES / 2 ** 20}.`,
    { next: "Use a smaller network (MobileSAM, EfficientSAM, SAM 2.1 tiny), or a quantised export." },
  );
}

async function checkId(id: string): Promise<void> {
  const shipped = parseManifest(await readManifest(SHIPPED_WEIGHTS)).id;
  if (/^[a-z0-9][a-z0-9.-]{0,60}$/.test(id) && id !== shipped) return;
  throw new ServerError("bad-argument", `"${id}" cannot be the name of a model.`, {
    next: "Use small letters, digits, dots and dashes, and no name of the network that ships.",
  });
}

const changed = (path: string, expected: string, got: string) =>
  new ServerError("model-unavailable", `${path}: expected ${expected}, got ${got}.`, {
    next: "Pull or add the model again.",
  });
