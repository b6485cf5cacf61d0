import { resolve } from "node:path";
import { type ParseArgsOptionsConfig, parseArgs } from "node:util";
import { ServerError } from "../errors.ts";

/** The command line of one command. Throws "bad-argument" with the usage for what it does not know. */
export function readArguments<Options extends ParseArgsOptionsConfig>(
  args: readonly string[],
  options: Options,
  usage: string,
) {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options });
  } catch (cause) {
    throw new ServerError("bad-argument", (cause as Error).message, { next: usage, cause });
  }
}

/** Absolute data folder: as named, else from the environment, else ./data. */
export function dataDirOf(named: string | undefined): string {
  return resolve(named ?? process.env["COSCOPE_DATA_DIR"] ?? "data");
}
