import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { root } from "./paths.mjs";

const CANDIDATES = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

function playwrightsOwn() {
  const { chromium } = createRequire(join(root, "package.json"))("playwright");
  return chromium.executablePath();
}

const find = () => [process.env.CHROME_PATH, ...CANDIDATES, playwrightsOwn()].find((p) => p && existsSync(p));

/**
 * Chromium for the browser tests: CHROME_PATH, the system's, or Playwright's own; installed when
 * there is none and this machine allows it.
 *
 * @returns {{ path: string } | { path: null, why: string }}
 */
export function ensureChromium() {
  const present = find();
  if (present) return { path: present };
  const attempts = [];
  const attempt = (program, args) => {
    const result = spawnSync(program, args, {
      stdio: ["ignore", "ignore", "pipe"],
      encoding: "utf8",
      cwd: root,
    });
    if (result.status !== 0)
      attempts.push(`${program} ${args.join(" ")}: ${(result.stderr ?? "").trim().split("\n").at(-1)}`);
    return result.status === 0;
  };
  console.log("No Chromium found: installing one for the browser tests…");
  if (existsSync("/etc/debian_version") && process.getuid?.() === 0) {
    attempt("apt-get", ["update", "-qq"]);
    attempt("apt-get", ["install", "-y", "-qq", "--no-install-recommends", "chromium"]);
  }
  if (!find())
    attempt(process.execPath, [join(root, "node_modules", "playwright", "cli.js"), "install", "chromium"]);
  const installed = find();
  if (installed) return { path: installed };
  return {
    path: null,
    why: `No Chromium, and none could be installed (${attempts.join("; ")}). Install Chromium or Chrome and set CHROME_PATH to its program.`,
  };
}
