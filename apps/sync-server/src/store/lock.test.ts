import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { isServerError } from "../errors.ts";
import { lockDataDir } from "./lock.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "coscope-lock-"));
});
afterEach(() => rmSync(dir, { recursive: true }));

const file = () => join(dir, "lock");
const refusal = () => {
  try {
    lockDataDir(dir)();
    return null;
  } catch (error) {
    return error;
  }
};

test("the second one is told who is first", () => {
  const release = lockDataDir(dir);
  const error = refusal();
  expect(isServerError(error, "data-busy")).toBe(true);
  expect((error as Error).message).toContain(String(process.pid));
  release();
  expect(existsSync(file())).toBe(false);
  expect(refusal()).toBeNull();
});

test("a running process of somebody else is respected", () => {
  writeFileSync(file(), JSON.stringify({ pid: process.ppid, started: "" }));
  expect(isServerError(refusal(), "data-busy")).toBe(true);
});

test.each([
  ["a process that is gone", JSON.stringify({ pid: 2 ** 22 - 1, started: "1" })],
  ["a pid that has been given to another process", JSON.stringify({ pid: process.ppid, started: "1" })],
  ["our own pid in an earlier life", JSON.stringify({ pid: process.pid, started: "1" })],
  ["a torn file", '{"pid":'],
  ["an empty file", ""],
])("the lock of %s is taken over", (_what, content) => {
  writeFileSync(file(), content);
  expect(refusal()).toBeNull();
});
