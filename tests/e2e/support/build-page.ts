import { execFileSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";

export const repository = resolve(import.meta.dirname, "../../..");
export const webDist = join(repository, "apps/web/dist");

/**
 * Builds the page unless the build is newer than everything that goes into it. COSCOPE_WEB_DIST names a page that
 * was built elsewhere and is taken as it is.
 */
export function buildPage(): string {
  const prebuilt = process.env["COSCOPE_WEB_DIST"];
  if (prebuilt) return prebuilt;
  const sources = ["apps/web", "packages/annotations", "packages/viewer"].map((part) =>
    join(repository, part),
  );
  if (Math.max(...sources.map(newestUnder)) > builtAt()) {
    const vite = join(repository, "node_modules/vite/bin/vite.js");
    execFileSync(process.execPath, [vite, "build", "--logLevel", "error"], {
      cwd: join(repository, "apps/web"),
      stdio: "inherit",
      // The test runner's own value would put React's development build into the page.
      env: { ...process.env, NODE_ENV: "production" },
    });
  }
  return webDist;
}

function builtAt(): number {
  return statSync(join(webDist, "index.html"), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function newestUnder(directory: string): number {
  let newest = 0;
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    if (["node_modules", "dist"].includes(entry.name)) continue;
    const path = join(directory, entry.name);
    if (entry.isDirectory()) newest = Math.max(newest, newestUnder(path));
    else if (!/\.test\.tsx?$|\.md$/.test(entry.name)) newest = Math.max(newest, statSync(path).mtimeMs);
  }
  return newest;
}
