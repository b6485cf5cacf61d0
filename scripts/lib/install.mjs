import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { root } from "./paths.mjs";

const STAMP = join(root, "node_modules", ".coscope-installed");

/** Installs exactly what the lockfile says, once per lockfile: later starts cost one hash. */
export function ensureInstalled({ node, version, pnpm }) {
  const hash = createHash("sha256").update(version);
  for (const file of ["pnpm-lock.yaml", "pnpm-workspace.yaml", "package.json"])
    hash.update(readFileSync(join(root, file)));
  const wanted = hash.digest("hex");
  if (existsSync(STAMP) && readFileSync(STAMP, "utf8").trim() === wanted) return;

  console.log("Installing the locked dependencies…");
  const result = spawnSync(node, [pnpm, "install", "--frozen-lockfile", "--reporter=append-only"], {
    cwd: root,
    encoding: "utf8",
    env: { ...process.env, PATH: `${dirname(node)}:${process.env.PATH}`, CI: "true" },
    maxBuffer: 64 << 20,
  });
  if (result.status !== 0)
    throw new Error(
      `Installing the dependencies failed:\n${`${result.stdout}\n${result.stderr}`.trim().split("\n").slice(-25).join("\n")}\n` +
        "Check that npm reaches its registry (npm ping) and that the disk is not full, and try again.",
    );
  mkdirSync(dirname(STAMP), { recursive: true });
  writeFileSync(STAMP, `${wanted}\n`);
}
