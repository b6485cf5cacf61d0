import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";

const script = join(dirname(fileURLToPath(import.meta.url)), "check-imports.mjs");
let tree = "";
afterEach(() => rmSync(tree, { recursive: true, force: true }));

/** Runs the checker over a small made-up tree. */
function check(files: Record<string, string>) {
  tree = mkdtempSync(join(tmpdir(), "coscope-imports-"));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(tree, path)), { recursive: true });
    writeFileSync(join(tree, path), text);
  }
  const { status, stderr } = spawnSync(process.execPath, [script, tree], { encoding: "utf8" });
  return { status, stderr };
}

test("an import in the allowed direction passes", () => {
  const { status, stderr } = check({
    "packages/viewer/src/a.ts":
      'import { boundsOf } from "@coscope/annotations/geometry";\nexport const a = boundsOf;\n',
  });
  expect(stderr).toBe("");
  expect(status).toBe(0);
});

test("an import against the direction names the room where it belongs", () => {
  const { status, stderr } = check({
    "packages/annotations/src/a.ts":
      'import { createViewer } from "@coscope/viewer";\nexport const a = createViewer;\n',
  });
  expect(status).toBe(1);
  expect(stderr).toContain("packages/annotations (what an annotation means) may import nothing of ours");
  expect(stderr).toContain("how pixels look belongs in @coscope/viewer");
});

test("reaching into another room by path is refused", () => {
  const { stderr } = check({
    "apps/web/src/a.ts": 'import { b } from "../../../packages/viewer/src/b.ts";\nexport const a = b;\n',
    "packages/viewer/src/b.ts": "export const b = 1;\n",
  });
  expect(stderr).toContain("Import @coscope/viewer by its name");
});

test("a cycle is shown as the whole loop; a type-only edge is none", () => {
  const cycle = {
    "packages/viewer/src/a.ts": 'import { b } from "./b.ts";\nexport const a = () => b;\n',
    "packages/viewer/src/b.ts": 'import { a } from "./a.ts";\nexport const b = () => a;\n',
  };
  expect(check(cycle).stderr).toMatch(/Import cycle: .*a\.ts → .*b\.ts → .*a\.ts/);
  rmSync(tree, { recursive: true, force: true });
  const typeOnly = {
    ...cycle,
    "packages/viewer/src/b.ts": 'import type { a } from "./a.ts";\nexport type B = typeof a;\n',
  };
  expect(check(typeOnly).status).toBe(0);
});

test("React outside apps/web, and Yjs inside geometry, are refused", () => {
  const { stderr } = check({
    "packages/viewer/src/a.ts": 'import { useState } from "react";\nexport const a = useState;\n',
    "packages/annotations/src/geometry/b.ts": 'import * as Y from "yjs";\nexport const b = Y;\n',
  });
  expect(stderr).toContain("React lives in apps/web alone");
  expect(stderr).toContain("geometry is pure");
});
