import { basename } from "node:path";
import { useProxyFromEnv } from "../encoder/install/download.ts";
import { addFiles, addFolder, pull, verifyFolder } from "../encoder/install/install.ts";
import { KNOWN_MODELS } from "../encoder/install/registry.ts";
import { createModels } from "../encoder/models.ts";
import { ServerError } from "../errors.ts";
import { createLog } from "../log.ts";
import { dataDirOf, readArguments } from "./options.ts";
import { createProgress } from "./progress.ts";

const USAGE = `Usage: npm run coscope -- models <what> [options]

  list                      networks that outline what is clicked: those here, and those that can be pulled
  pull <name>               downloads one, compares it with its SHA-256 and tries it; goes on where it ended before
  verify                    compares all that are here with their SHA-256, and tries them
  add --encoder FILE --decoder FILE --name NAME [--title T] [--licence L] [--raw]
                            a pair of ONNX graphs of SAM, MobileSAM, EfficientSAM or SAM 2
  add <folder>              one that has a manifest.json

  --data DIR                Coscope's data folder (default ./data)   COSCOPE_DATA_DIR
  --raw                     the encoder takes 0..1 and normalises by itself

A running server finds what is added within seconds. HTTPS_PROXY and NO_PROXY are used.`;

const OPTIONS = {
  data: { type: "string" },
  encoder: { type: "string" },
  decoder: { type: "string" },
  name: { type: "string" },
  title: { type: "string" },
  licence: { type: "string" },
  raw: { type: "boolean" },
  help: { type: "boolean" },
} as const;

/** `npm run coscope -- models`. Resolves to the exit code. */
export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(args, OPTIONS, USAGE);
  const [what = "list", name] = positionals;
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const dataDir = dataDirOf(values.data);
  switch (what) {
    case "list":
      return list(dataDir);
    case "verify":
      return verify(dataDir);
    case "pull":
      return pullKnown(dataDir, name);
    case "add": {
      if (name && !values.encoder) return placed(await addFolder(dataDir, name));
      const { encoder, decoder } = values;
      if (!encoder || !decoder) throw bad("`add` wants --encoder FILE and --decoder FILE, or a folder.");
      const id =
        values.name ??
        basename(encoder)
          .replace(/(\.?encoder)?\.onnx$/i, "")
          .toLowerCase();
      const described = {
        id,
        title: values.title ?? id,
        licence: values.licence ?? "not stated",
        source: `added from ${basename(encoder)} and ${basename(decoder)}`,
        raw: values.raw ?? false,
      };
      return placed(await addFiles(dataDir, { encoder, decoder }, described));
    }
    default:
      throw bad(`There is no "models ${what}".`);
  }
}

async function list(dataDir: string): Promise<number> {
  const here = await createModels(dataDir, createLog("silent")).list();
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
  for (const { id, manifest, why, isDefault } of here) {
    if (!manifest) console.log(`${id}: cannot be used: ${why}`);
    else {
      const size = megabytes(manifest.encoder.bytes + manifest.decoder.bytes);
      console.log(
        `${id}: ${manifest.title}, ${manifest.family}, ${size}, ${manifest.license}${isDefault ? " (ships)" : ""}`,
      );
    }
  }
  const ids = new Set(here.map(({ id }) => id));
  for (const { id, title, family, licence, encoder, decoder, pinned } of KNOWN_MODELS) {
    if (ids.has(id)) continue;
    console.log(
      `${id}: ${title}, ${family}, ${megabytes(encoder.bytes + decoder.bytes)}, ${licence}: not here; \`models pull ${id}\``,
    );
    console.log(`  SHA-256 ${pinned}`);
  }
  return 0;
}

async function verify(dataDir: string): Promise<number> {
  let wrong = 0;
  for (const { id, folder } of await createModels(dataDir, createLog("silent")).list()) {
    try {
      await verifyFolder(folder);
      console.log(`${id}: as it should be`);
    } catch (error) {
      wrong++;
      console.log(`${id}: ${(error as Error).message}`);
    }
  }
  return wrong === 0 ? 0 : 2;
}

async function pullKnown(dataDir: string, name: string | undefined): Promise<number> {
  const known = KNOWN_MODELS.find(({ id }) => id === name);
  if (!known) {
    throw bad(
      `There is no model "${name ?? ""}" to pull; there is ${KNOWN_MODELS.map(({ id }) => id).join(", ")}.`,
    );
  }
  useProxyFromEnv();
  const progress = createProgress(known.title);
  try {
    return placed(await pull(dataDir, known, { onProgress: (share) => progress.update(share) }));
  } finally {
    progress.end();
  }
}

function placed(folder: string): number {
  console.log(`${basename(folder)} is ready: a running server offers it within seconds.`);
  return 0;
}

const bad = (message: string) => new ServerError("bad-argument", message, { next: USAGE });
