import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./paths.mjs";

export const webDist = join(root, "apps", "web", "dist");
const STAMP = join(webDist, ".sources");
const SOURCES = ["apps/web", "packages/annotations", "packages/viewer", "packages/models"];
const IGNORED = new Set(["node_modules", "dist"]);

function addTree(hash, path) {
  for (const entry of readdirSync(join(root, path), { withFileTypes: true }).sort((a, b) =>
    a.name < b.name ? -1 : 1,
  )) {
    if (IGNORED.has(entry.name) || /\.(test|md)\b/.test(entry.name)) continue;
    const child = `${path}/${entry.name}`;
    if (entry.isDirectory()) addTree(hash, child);
    else hash.update(child).update(readFileSync(join(root, child)));
  }
}

/** Builds the page if its sources changed since the last build. */
export function buildWeb() {
  const hash = createHash("sha256").update(readFileSync(join(root, "pnpm-lock.yaml")));
  for (const path of SOURCES) addTree(hash, path);
  const wanted = hash.digest("hex");
  if (existsSync(STAMP) && readFileSync(STAMP, "utf8") === wanted) return;
  console.log("Building the page…");
  const vite = join(root, "node_modules", "vite", "bin", "vite.js");
  const result = spawnSync(process.execPath, [vite, "build", "--logLevel", "warn"], {
    cwd: join(root, "apps", "web"),
    encoding: "utf8",
    // A test runner's own NODE_ENV would put React's development build into the page.
    env: { ...process.env, NODE_ENV: "production", FORCE_COLOR: "0" },
  });
  if (result.status !== 0) throw new Error(`Building the page failed:\n${result.stdout}${result.stderr}`);
  writeFileSync(STAMP, wanted);
}
