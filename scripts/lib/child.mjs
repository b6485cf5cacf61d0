import { spawn } from "node:child_process";
import { isAbsolute, join } from "node:path";
import { root } from "./paths.mjs";

const FORWARDED = ["SIGINT", "SIGTERM", "SIGHUP"];

/**
 * Runs a program in the repository's root with this process's terminal and resolves to its exit code.
 *
 * Signals reach the child exactly once more than the terminal sends them: a Ctrl-C goes to the whole
 * process group, a `kill` only to us, and the child must shut down cleanly in both cases.
 *
 * @param {string} program
 * @param {string[]} args script paths may be relative to the root
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 * @returns {Promise<number>}
 */
export function spawnForwarding(program, args, options = {}) {
  const resolved = args.map((arg) =>
    options.cwd && !isAbsolute(arg) && /^(scripts|apps|tests|node_modules)\//.test(arg)
      ? join(root, arg)
      : arg,
  );
  return new Promise((resolve, reject) => {
    const child = spawn(program, resolved, {
      cwd: options.cwd ?? root,
      stdio: "inherit",
      env: options.env ?? process.env,
    });
    const forward = (signal) => child.kill(signal);
    for (const signal of FORWARDED) process.on(signal, forward);
    child.on("error", reject);
    child.on("exit", (code, signal) => {
      for (const name of FORWARDED) process.off(name, forward);
      resolve(code ?? (signal === "SIGINT" ? 130 : 143));
    });
  });
}
