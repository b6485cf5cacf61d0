import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { root } from "./paths.mjs";

const FORWARDED = ["SIGINT", "SIGTERM", "SIGHUP"];

/**
 * Runs a program with this process's terminal and resolves to its exit code. Script paths of the repository
 * (`scripts/…`, `apps/…`) may be given relative to its root, whatever the working folder.
 *
 * A Ctrl-C goes to the whole process group, a `kill` only to us: signals are passed on, and the child must take
 * one that comes twice as one.
 *
 * @param {string} program
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 * @returns {Promise<number>}
 */
export function spawnForwarding(program, args, { cwd = root, env = process.env } = {}) {
  const resolved = args.map((arg) =>
    /^(scripts|apps|tests|node_modules)\/.test(arg) && existsSync(join(root, arg)) ? join(root, arg) : arg,
  );
  return new Promise((resolve, reject) => {
    const child = spawn(program, resolved, { cwd, env, stdio: "inherit" });
    const forward = (signal) => child.kill(signal);
    for (const signal of FORWARDED) process.on(signal, forward);
    child.on("error", reject);
    child.on("exit", (code, signal) => {
      for (const name of FORWARDED) process.off(name, forward);
      resolve(code ?? (signal === "SIGINT" ? 130 : 143));
    });
  });
}
