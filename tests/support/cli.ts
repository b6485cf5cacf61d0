import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { TYPE_FLAGS } from "../server/child.ts";

const MAIN = fileURLToPath(new URL("../../apps/sync-server/src/cli/main.ts", import.meta.url));

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * `npm run coscope -- <args>` in a process of its own. A variable that is undefined is taken out of the environment. With
 * `fileBytes` no file that it writes becomes larger, as on a disk that gets full.
 */
export async function coscope(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {},
  { fileBytes }: { fileBytes?: number } = {},
): Promise<CliResult> {
  const limit = fileBytes === undefined ? [] : ["prlimit", `--fsize=${fileBytes}`];
  const [program = "", ...rest] = [...limit, process.execPath, ...TYPE_FLAGS, MAIN, ...args];
  const child = spawn(program, rest, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, DATABASE_URL: undefined, ...env },
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
  });
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  await once(child, "close");
  return { code: child.exitCode, stdout, stderr };
}
