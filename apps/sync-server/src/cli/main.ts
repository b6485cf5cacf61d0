import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { isServerError, ServerError } from "../errors.ts";
import { listImages } from "../store/images.ts";
import { openPgliteStore } from "../store/store.ts";

/** A command of `npm run coscope -- <command>`. Resolves to the exit code. */
export interface Command {
  run(args: readonly string[]): Promise<number>;
}

const HELP = `Usage: npm run coscope -- <command> [options]

  import <files or folder…> [--mosaic]   make OME-Zarr images of any that are read
  list-images [--data DIR]               the images this Coscope knows
  help                                   this text

Each command explains itself with --help.`;

/** Loaded when asked for: `import` brings image codecs along that nothing else needs. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  import: () => import("./import.ts"),
  "list-images": async () => ({ run: listImagesCommand }),
  help: async () => ({
    run: async () => {
      console.log(HELP);
      return 0;
    },
  }),
};

async function listImagesCommand(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: { data: { type: "string" }, json: { type: "boolean" }, help: { type: "boolean" } },
  });
  if (values.help) {
    console.log("Usage: npm run coscope -- list-images [--data DIR] [--json]");
    return 0;
  }
  const store = await openPgliteStore(resolve(values.data ?? process.env["COSCOPE_DATA_DIR"] ?? "data"));
  try {
    const rows = await listImages(store.db);
    if (values.json) console.log(JSON.stringify(rows, null, 2));
    else if (rows.length === 0) console.log("No images yet. Start Coscope once, or import some.");
    else for (const row of rows) console.log([row.id, row.source.padEnd(6), row.name, row.url].join("\t"));
    return 0;
  } finally {
    await store.close();
  }
}

async function main([name = "help", ...args]: readonly string[]): Promise<number> {
  const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!load) throw new ServerError("bad-argument", `There is no command "${name}".`, { next: HELP });
  return (await load()).run(args);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const lines = isServerError(error)
    ? [error.message, error.next]
    : [(error as Error).message ?? String(error)];
  console.error(lines.filter(Boolean).join("\n"));
  process.exitCode = 1;
}
