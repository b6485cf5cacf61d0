import { copyFile, mkdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseManifest } from "@coscope/models";
import { loadManifest, readManifest, SHIPPED_WEIGHTS } from "@coscope/models/weights";
import { ServerError } from "../../errors.ts";
import { Lane, WorkerGone, WorkRefused } from "../lane.ts";
import type { CheckTask, Results, TryTask } from "../messages.ts";
import { modelsDir } from "../models.ts";
import { describeSam, type Graph } from "./describe-graphs.ts";
import { type DownloadOptions, download, isHere, sha256Of } from "./download.ts";
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

/** Makes a model of two files of SAM's kinds: they are looked at, copied, described and tried, and there as a whole or not at all. */
export async function addFiles(dataDir: string, files: Files, described: Described): Promise<string> {
  await checkId(described.id);
  for (const file of [files.encoder, files.decoder]) await checkSize(file);
  return apart(async (look) => {
    const encoder = await look({ kind: "check", file: files.encoder }, files.encoder);
    const decoder = await look({ kind: "check", file: files.decoder }, files.decoder);
    return place(dataDir, described.id, async (folder) => {
      await copyFile(files.encoder, join(folder, "encoder.onnx"));
      await copyFile(files.decoder, join(folder, "decoder.onnx"));
      await describe(folder, { encoder, decoder }, described);
      await look({ kind: "try", folder }, "the two together");
    });
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

/** Downloads a known model; what came down before is gone on with, and what is here already is not asked for. */
export async function pull(
  dataDir: string,
  model: KnownModel,
  { onProgress = () => {}, ...options }: DownloadOptions = {},
): Promise<string> {
  const there = join(modelsDir(dataDir), model.id);
  if (await isInstalled(there, model)) return there;
  const coming = join(modelsDir(dataDir), `.pulling-${model.id}`);
  const files = { encoder: join(coming, "encoder.onnx"), decoder: join(coming, "decoder.onnx") };
  await mkdir(coming, { recursive: true });
  for (const part of ["encoder", "decoder"] as const)
    if (await isHere(model[part], join(there, `${part}.onnx`)))
      await copyFile(join(there, `${part}.onnx`), files[part]);
  const all = model.encoder.bytes + model.decoder.bytes;
  const within = (before: number, bytes: number) => ({
    ...options,
    onProgress: (share: number) => onProgress((before + share * bytes) / all),
  });
  await download(model.encoder, files.encoder, within(0, model.encoder.bytes));
  await download(model.decoder, files.decoder, within(model.encoder.bytes, model.decoder.bytes));
  const { id, title, licence, source } = model;
  const folder = await addFiles(dataDir, files, { id, title, licence, source, raw: false });
  await rm(coming, { recursive: true, force: true });
  return folder;
}

/** Whether a known model is there as it was pulled; what was edited in its manifest besides stays. */
async function isInstalled(folder: string, model: KnownModel): Promise<boolean> {
  const manifest = await loadManifest(folder).catch(() => null);
  if (manifest?.id !== model.id) return false;
  for (const part of ["encoder", "decoder"] as const) {
    const { file, sha256 } = manifest[part];
    if (sha256 !== model[part].sha256 || !(await isHere(model[part], join(folder, file)))) return false;
  }
  return true;
}

/** Throws what is wrong with a folder of weights: hashes, and whether the graphs load and outline something. */
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
  await apart((look) => look({ kind: "try", folder }, folder));
}

type Look = <Work extends CheckTask | TryTask>(task: Work, what: string) => Promise<Results[Work["kind"]]>;

/** In a process of its own, so that a damaged or greedy graph ends that one. */
async function apart<Result>(work: (look: Look) => Promise<Result>): Promise<Result> {
  const lane = new Lane({
    settings: { provider: "cpu", threads: 1 },
    memoryBytes: MEMORY_BYTES,
    fetch: () => Promise.reject(new Error("nothing is read here")),
    onNote: () => {},
    onGone: () => {},
  });
  try {
    return await work(async (task, what) => {
      try {
        return await lane.run(task, AbortSignal.timeout(LOOK_MS));
      } catch (error) {
        throw refused(what, error);
      }
    });
  } finally {
    await lane.close();
  }
}

function refused(what: string, error: unknown): ServerError {
  const said = error instanceof WorkRefused ? error.failure : null;
  const gone = error instanceof WorkerGone ? "looking at it failed, " : "";
  // What we refuse says what was expected, and what to do; the runtime's words alone do not.
  const message = said?.next
    ? said.message.replace(said.next, "").trim()
    : `${what}: ${gone}${said?.message ?? (error as Error).message}`;
  return new ServerError("model-unavailable", message, {
    next:
      said?.next ??
      "It is no ONNX graph that the runtime reads, the two do not belong together, or it needs too much memory or time.",
    cause: error,
  });
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
