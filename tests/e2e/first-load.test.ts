import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { buildPage } from "./support/build-page.ts";

const LIMIT_KB = 400;

/** A file and what it imports at once; decoders and workers load when a file needs them. */
function withImports(dist: string, file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  const text = readFileSync(join(dist, file), "utf8");
  for (const [, name] of text.matchAll(/(?:from|import)\s*["']\.\/([\w.-]+\.js)["']/g))
    withImports(dist, `assets/${name}`, seen);
  return seen;
}

function assets(dist: string, page: string): string[] {
  const found = readdirSync(join(dist, "assets")).filter((name) => name.startsWith(`${page}-`));
  expect(found.some((name) => name.endsWith(".js"))).toBe(true);
  return found.map((name) => `assets/${name}`);
}

test(`everything that opening an image loads, before workers, is at most ${LIMIT_KB} KB gzipped`, () => {
  const dist = buildPage();
  const page = readFileSync(join(dist, "index.html"), "utf8");
  const seen = new Set<string>();
  for (const [, file] of page.matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g)) withImports(dist, file!, seen);
  for (const file of assets(dist, "WorkspacePage")) withImports(dist, file, seen);
  const bytes = [...seen].map((file) => gzipSync(readFileSync(join(dist, file))).length);
  const total = bytes.reduce((sum, size) => sum + size, gzipSync(page).length);
  expect(seen.size).toBeGreaterThan(4);
  expect(seen.size).toBeLessThan(20);
  expect(total / 1024).toBeLessThanOrEqual(LIMIT_KB);
  console.log(`first load: ${(total / 1024).toFixed(0)} KB gzipped in ${seen.size} files`);
});

test("the list of images loads neither the viewer nor the live document", () => {
  const dist = buildPage();
  for (const page of ["ImagesPage", "WelcomePage"]) {
    const files = assets(dist, page).flatMap((file) => [...withImports(dist, file)]);
    expect(files.filter((file) => /\/(?:WorkspacePage|live)-/.test(file))).toEqual([]);
  }
});
