import { isServerError, ServerError } from "../errors.ts";

/** A command of `npm run coscope -- <command>`. Resolves to the exit code. */
export interface Command {
  run(args: readonly string[]): Promise<number>;
}

const HELP = `Usage: npm run coscope -- <command> [options]

  import <files or folder…> [--mosaic]   make OME-Zarr images of any that are read
  list-images [--data DIR]               the images this Coscope knows
  models [list|pull|verify|add]          networks that outline what is clicked
  watch <layer> [--json]                 prints what changes in a layer, live
  annotations export|import …            annotations as GeoJSON or COCO, out of and into a running Coscope
  verify [--json]                        check everything that is kept; changes nothing
  backup <new folder>                    a consistent copy of everything, while people edit
  restore <backup>                       into a new data folder, or an empty PostgreSQL database
  help                                   this text

Each command explains itself with --help.`;

/** Loaded when asked for: `import` brings image codecs along that nothing else needs. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  import: () => import("./import.ts"),
  "list-images": () => import("./list-images.ts"),
  models: () => import("./models.ts"),
  watch: () => import("./watch.ts"),
  annotations: () => import("./annotations.ts"),
  verify: () => import("./verify.ts"),
  backup: () => import("./backup.ts"),
  restore: () => import("./restore.ts"),
  help: async () => ({
    run: async () => {
      console.log(HELP);
      return 0;
    },
  }),
};

async function main([first = "help", ...args]: readonly string[]): Promise<number> {
  const name = first === "--help" || first === "-h" ? "help" : first;
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
