import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { buildPage } from "./support/build-page.ts";

const LIMIT_KB = 400;

test(`everything that opening an image loads, before workers, is at most ${LIMIT_KB} KB gzipped`, () => {
  const dist = buildPage();
  const seen = new Set<string>();
  const add = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    const text = readFileSync(join(dist, file), "utf8");
    // What a chunk imports at once; decoders and workers load when a file needs them.
    for (const [, name] of text.matchAll(/(?:from|import)\s*["']\.\/([\w.-]+\.js)["']/g))
      add(`assets/${name}`);
  };
  const page = readFileSync(join(dist, "index.html"), "utf8");
  for (const [, file] of page.matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g)) add(file!);
  const files = readdirSync(join(dist, "assets"));
  for (const file of files.filter((name) => /^WorkspacePage-/.test(name))) add(`assets/${file}`);
  const bytes = [...seen].map((file) => gzipSync(readFileSync(join(dist, file))).length);
  const total = bytes.reduce((sum, size) => sum + size, gzipSync(page).length);
  expect(seen.size).toBeGreaterThan(4);
  expect(total / 1024).toBeLessThanOrEqual(LIMIT_KB);
  console.log(`first load: ${(total / 1024).toFixed(0)} KB gzipped in ${seen.size} files`);
});
