// The one entrance behind every npm script. Needs nothing but Node >= 20 and npm:
// it finds a toolchain, installs the locked dependencies, and hands over to the
// command asked for. Everything it imports before `ensureInstalled` is dependency-free.
import { join } from "node:path";
import { spawnForwarding } from "./lib/child.mjs";
import { ensureInstalled } from "./lib/install.mjs";
import { root } from "./lib/paths.mjs";
import { ensureToolchain, nodeFlags } from "./lib/toolchain.mjs";

/** Command → the script it runs and the arguments that come before the person's own. */
const COMMANDS = {
  start: ["scripts/start.mjs"],
  cli: ["apps/sync-server/src/cli/main.ts"],
  test: ["scripts/test.mjs"],
  lint: ["scripts/test.mjs", "--only", "lint,imports"],
  types: ["scripts/test.mjs", "--only", "types"],
  format: ["node_modules/@biomejs/biome/bin/biome", "check", "--write", "."],
  fuzz: ["scripts/test.mjs", "--only", "fuzz", "--long"],
  bench: ["tests/bench/run.ts"],
  soak: ["tests/ledger/soak.ts"],
  "eval:masks": ["packages/models/src/eval/main.ts"],
};

const [name, ...args] = process.argv.slice(2);
const command = COMMANDS[name];
if (!command) {
  console.error(`Unknown command "${name ?? ""}". Known: ${Object.keys(COMMANDS).join(", ")}.`);
  process.exit(2);
}

// Paths a person types are relative to where they stand; the data folder is the repository's own.
const runsForPerson = ["start", "cli", "eval:masks"].includes(name);
const placement = runsForPerson
  ? {
      cwd: process.env.INIT_CWD ?? process.cwd(),
      env: { COSCOPE_DATA_DIR: join(root, "data"), ...process.env },
    }
  : {};

try {
  const toolchain = ensureToolchain();
  ensureInstalled(toolchain);
  const [script, ...own] = command;
  const program = [...nodeFlags(toolchain), join(root, script), ...own, ...args];
  process.exitCode = await spawnForwarding(toolchain.node, program, placement);
} catch (error) {
  console.error(`\n${error.message}`);
  process.exitCode = 1;
}
