import { createHash } from "node:crypto";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Manifest, parseManifest } from "@coscope/models";
import { readManifest, SHIPPED_WEIGHTS } from "@coscope/models/weights";
import type { Logger } from "pino";
import { ServerError } from "../errors.ts";

/** A network that may be asked for: the one that ships, or one in the data folder. */
export interface InstalledModel {
  readonly id: string;
  readonly folder: string;
  readonly manifest: Manifest | null;
  /** `manifest.json` as it stands, for pages; null where there is none that is sound. */
  readonly json: unknown;
  /** Of the manifest's fields that decide about embeddings: part of their keys. */
  readonly sha256: string;
  /** Why it cannot be used; null where it can. */
  readonly why: string | null;
  readonly isDefault: boolean;
}

/** Where `coscope models` puts networks. */
export const modelsDir = (dataDir: string) => join(dataDir, "models");

/** A folder that was added while the server runs is found after this long. */
const FRESH_MS = 5_000;
const MODEL_ID = /^[a-z0-9][a-z0-9.-]{0,60}$/;

export interface Models {
  list(): Promise<readonly InstalledModel[]>;
  /** The default one where `id` is left out. Throws "not-found", or "model-unavailable" with why. */
  get(id?: string): Promise<InstalledModel & { readonly manifest: Manifest }>;
}

export function createModels(dataDir: string, log: Logger): Models {
  let found: { at: number; models: Promise<readonly InstalledModel[]> } | null = null;
  const told = new Set<string>();

  function list(): Promise<readonly InstalledModel[]> {
    if (!found || Date.now() - found.at > FRESH_MS) found = { at: Date.now(), models: look() };
    return found.models;
  }

  async function look(): Promise<readonly InstalledModel[]> {
    const dir = modelsDir(dataDir);
    const names = (await readdir(dir).catch(() => [])).filter((name) => MODEL_ID.test(name)).sort();
    const shipped = await read("coscope-nucleus", SHIPPED_WEIGHTS, true);
    const own = await Promise.all(names.map((name) => read(name, join(dir, name), false)));
    return [shipped, ...own.filter(({ id }) => id !== shipped.id)];
  }

  async function read(id: string, folder: string, isDefault: boolean): Promise<InstalledModel> {
    try {
      const json = await readManifest(folder);
      const manifest = parseManifest(json);
      // Their content is compared when they are loaded: that takes long.
      for (const entry of [manifest.encoder, manifest.decoder]) {
        const path = join(folder, entry.file);
        const size = (await stat(path).catch(() => null))?.size;
        if (size !== entry.bytes)
          throw new Error(
            size === undefined
              ? `${entry.file} is missing`
              : `${entry.file} has ${size} bytes, not ${entry.bytes}`,
          );
      }
      const sha256 = createHash("sha256")
        .update(JSON.stringify([manifest.encoder, manifest.normalisation, manifest.quantisation]))
        .digest("hex");
      return { id: manifest.id, folder, manifest, json, sha256, why: null, isDefault };
    } catch (error) {
      const why = (error as Error).message;
      if (!told.has(folder + why)) log.warn({ folder, why }, "a model cannot be used");
      told.add(folder + why);
      return { id, folder, manifest: null, json: null, sha256: "", why, isDefault };
    }
  }

  return {
    list,
    async get(id) {
      const models = await list();
      const model =
        id === undefined ? models.find(({ isDefault }) => isDefault) : models.find((m) => m.id === id);
      if (!model) {
        throw new ServerError("not-found", `There is no model "${id}".`, {
          next: "GET /api/models lists them; `npm run coscope -- models` adds some.",
        });
      }
      if (!model.manifest) {
        throw new ServerError("model-unavailable", `The model ${model.id} cannot be used: ${model.why}`, {
          next: "Run `npm run coscope -- models verify`, or choose another model.",
        });
      }
      return { ...model, manifest: model.manifest };
    },
  };
}
