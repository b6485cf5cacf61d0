import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { ModelError } from "./errors.ts";
import { type Manifest, parseManifest, type WeightsFile } from "./manifest.ts";

/** Where the network that ships lies. */
export const SHIPPED_WEIGHTS = join(import.meta.dirname, "..", "weights");

const NEXT = "Take the folder from a release, or `git checkout -- packages/models/weights`.";

/** Reads and checks `manifest.json` in a folder of weights. */
export async function loadManifest(folder: string = SHIPPED_WEIGHTS): Promise<Manifest> {
  return parseManifest(await readManifest(folder));
}

/** `manifest.json` as it stands there: what a page parses for itself. */
export async function readManifest(folder: string): Promise<unknown> {
  const path = join(folder, "manifest.json");
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    throw new ModelError("weights-missing", `a manifest at ${path}`, (error as Error).message, NEXT, error);
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ModelError("bad-manifest", `JSON in ${path}`, (error as Error).message, NEXT, error);
  }
}

/** The bytes of one file of weights, after its length (before it is read) and its SHA-256 have been compared. */
export async function loadWeights(folder: string, entry: WeightsFile): Promise<Uint8Array> {
  const path = join(folder, entry.file);
  let bytes: Uint8Array;
  try {
    const { size } = await stat(path);
    if (size !== entry.bytes) throw changed(path, `${entry.bytes} bytes`, `${size} bytes`);
    bytes = await readFile(path);
  } catch (error) {
    if (error instanceof ModelError) throw error;
    throw new ModelError("weights-missing", `weights at ${path}`, (error as Error).message, NEXT, error);
  }
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  if (sha256 !== entry.sha256) throw changed(path, `SHA-256 ${entry.sha256}`, sha256);
  return bytes;
}

const changed = (path: string, expected: string, got: string) =>
  new ModelError("weights-changed", `${expected} in ${path}`, got, NEXT);
