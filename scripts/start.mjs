// `npm start`: builds the page when its sources changed, then runs the server in this process's place.

import { join } from "node:path";
import { buildWeb, webDist } from "./lib/build-web.mjs";
import { spawnForwarding } from "./lib/child.mjs";
import { root } from "./lib/paths.mjs";
import { nodeFlags } from "./lib/toolchain.mjs";

const args = process.argv.slice(2);
try {
  if (!args.includes("--help")) buildWeb();
  const program = [join(root, "apps/sync-server/src/main.ts"), "--web", webDist, ...args];
  process.exitCode = await spawnForwarding(
    process.execPath,
    [...nodeFlags({ version: process.version }), ...program],
    { cwd: process.cwd() },
  );
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
