import { fork } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
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

test("of several that start at once after a kill, one alone takes it over", async () => {
  const rounds = Array.from({ length: 20 }, (_, i) => join(dir, String(i)));
  for (const round of rounds) {
    mkdirSync(round);
    writeFileSync(join(round, "lock"), JSON.stringify({ pid: 2 ** 22 - 1, started: "1" }));
  }
  const program = `
    const { lockDataDir } = await import(${JSON.stringify(new URL("./lock.ts", import.meta.url).href)});
    process.once("message", ({ rounds, start }) => {
      const got = rounds.filter((round, i) => {
        while (Date.now() < start + 10 * i);
        try { lockDataDir(round); return true; } catch { return false; }
      });
      process.send(got);
    });
    // What a process held that has ended is anybody's.
    setInterval(() => {}, 1_000);
    process.send("ready");`;
  writeFileSync(join(dir, "taker.mjs"), program);
  const takers = Array.from({ length: 3 }, () =>
    fork(join(dir, "taker.mjs"), {
      execArgv: ["--experimental-strip-types"],
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    }),
  );
  try {
    await Promise.all(takers.map((taker) => once(taker, "message")));
    const start = Date.now() + 20;
    const got = await Promise.all(
      takers.map(async (taker) => {
        taker.send({ rounds, start });
        return (await once(taker, "message"))[0] as string[];
      }),
    );
    expect(got.flat().sort()).toEqual([...rounds].sort());
  } finally {
    for (const taker of takers) taker.kill("SIGKILL");
  }
});
