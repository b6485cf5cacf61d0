import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeFolder } from "./folders.ts";
import { lockDataDir } from "./store/lock.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "coscope-folders-"));
});
afterEach(() => rmSync(dir, { recursive: true }));

test("a folder is made with all that lead to it, and may be there", () => {
  const path = join(dir, "a", "b", "c");
  makeFolder(path, { mode: 0o700 });
  makeFolder(path);
  expect(statSync(path).mode & 0o777).toBe(0o700);
});

test("a file in its place, or on the way, is said, with the next step", () => {
  const file = join(dir, "file");
  writeFileSync(file, "");
  for (const path of [file, join(file, "sub", "sub")]) {
    const refused = { code: "folder-unusable", next: expect.stringContaining("another folder") };
    expect(() => makeFolder(path)).toThrow(expect.objectContaining(refused));
    expect(() => makeFolder(path)).toThrow(
      `${path} cannot be written to: a file is where a folder should be.`,
    );
    expect(() => lockDataDir(path)).toThrow(expect.objectContaining(refused));
  }
});

// Node's own `recursive` goes on for ever there.
test.skipIf(!existsSync("/proc/self"))("where no folder can be made, that is the answer, at once", () => {
  expect(() => lockDataDir("/proc/x/y")).toThrow(
    expect.objectContaining({
      code: "folder-unusable",
      message: "/proc/x/y cannot be written to: no folder can be made there.",
    }),
  );
});
