import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { root } from "./paths.mjs";

/** An S3 server in one program, for the tests. Exactly this one, so that every machine tests against the same. */
const VERSION = "v1.8.0";
const MODULE = "github.com/versity/versitygw/cmd/versitygw";
const CACHE = join(root, ".cache", "tools");
const PROGRAM = join(CACHE, `versitygw-${VERSION}`, "versitygw");

/**
 * The S3 server for the tests: COSCOPE_VERSITYGW, or the one built earlier; null when there is none.
 *
 * @returns {string | null}
 */
export function findVersitygw() {
  const named = process.env.COSCOPE_VERSITYGW;
  if (named) return existsSync(named) ? named : null;
  return existsSync(PROGRAM) ? PROGRAM : null;
}

/**
 * Builds it once with the machine's Go, from the Go module proxy, into .cache/tools. The first time takes minutes
 * (about two on two idle cores); Go's own cache makes another build quick.
 *
 * @returns {{ program: string } | { program: null, why: string }}
 */
export function ensureVersitygw() {
  const present = findVersitygw();
  if (present) return { program: present };
  const why = (reason) => ({
    program: null,
    why: `No S3 server for the tests: ${reason}. Install Go 1.25 or newer, or name a versitygw in COSCOPE_VERSITYGW.`,
  });
  if (spawnSync("go", ["version"], { stdio: "ignore" }).status !== 0) return why("there is no Go");
  console.log(`Building versitygw ${VERSION}, an S3 server, for the tests (minutes, once)…`);
  const started = Date.now();
  const building = join(CACHE, `versitygw-${VERSION}.${process.pid}`);
  mkdirSync(building, { recursive: true });
  const result = spawnSync("go", ["install", `${MODULE}@${VERSION}`], {
    encoding: "utf8",
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, GOBIN: building, CGO_ENABLED: "0" },
  });
  if (result.status !== 0) {
    rmSync(building, { recursive: true, force: true });
    return why((result.stderr ?? "").trim().split("\n").at(-1) || "go install failed");
  }
  renameSync(building, join(CACHE, `versitygw-${VERSION}`));
  console.log(`Built in ${Math.round((Date.now() - started) / 1000)} s.`);
  return { program: PROGRAM };
}
