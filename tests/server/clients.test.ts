import { type ChildProcess, spawn } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createLayerDocument, createQuery, execute, makeRemove } from "@coscope/annotations";
import { afterAll, beforeAll, expect, test } from "vitest";
import { TYPE_FLAGS } from "./child.ts";
import { comeIn, type Person, startTestServer, type TestServer, until } from "./harness.ts";

/** Programs that read and write layers: `coscope watch`, and the example of docs/bot.md. */
const CLI = fileURLToPath(new URL("../../apps/sync-server/src/cli/main.ts", import.meta.url));
const BOT = fileURLToPath(new URL("../../docs/examples/bot.mjs", import.meta.url));

let server: TestServer;
let ada: Person;
beforeAll(async () => {
  server = await startTestServer();
  ada = await comeIn(server, "Ada");
});
afterAll(async () => {
  ada.leaveAll();
  await server.remove();
});

interface Program {
  readonly child: ChildProcess;
  output: string;
  readonly ended: Promise<number | null>;
}

function start(args: readonly string[], env: Record<string, string> = {}): Program {
  const child = spawn(process.execPath, [...args], { env: { ...process.env, ...env } });
  const program = {
    child,
    output: "",
    ended: new Promise<number | null>((resolve) => child.once("exit", resolve)),
  };
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk) => {
      program.output += chunk;
    });
  return program;
}

const watch = (...args: string[]) => start([...TYPE_FLAGS, CLI, "watch", ...args, "--server", server.url]);

test("watch prints what changes, for people and for programs", async () => {
  const layer = await ada.newLayer("watched");
  const author = ada.join(layer.room);
  await author.synced();
  author.add();
  await author.saved();
  const lines = watch(layer.id);
  const json = watch("watched", "--json");
  await until(() => lines.output.includes("1 annotations") && json.output.includes('"ready"'));
  const id = author.add(40);
  await until(() => json.output.includes(id));
  execute(createLayerDocument(author.doc), makeRemove([id]), "test");
  await until(() => json.output.includes('"removed"') && / - rectangle/.test(lines.output));
  expect(lines.output).toContain(`+ rectangle ${id} at 40, 0 by ${ada.user.id}`);
  const rows = json.output
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(rows).toMatchObject([
    { type: "ready", room: layer.room, count: 1 },
    { type: "added", id, kind: "rectangle", author: ada.user.id, bounds: { minX: 40 } },
    { type: "removed", id },
  ]);
  for (const program of [lines, json]) {
    program.child.kill("SIGINT");
    expect(await program.ended).toBe(0);
  }
});

test("watch says what is not there", async () => {
  const none = watch("nothing");
  expect(await none.ended).toBe(1);
  expect(none.output).toContain('There is no layer "nothing"');
  const gone = watch("e1/demo/nothing");
  expect(await gone.ended).toBe(1);
  expect(gone.output).toContain("not-found");
});

test("the example bot draws, and waits until it is saved", async () => {
  // Beside our packages, where it finds its own.
  const folder = mkdtempSync(fileURLToPath(new URL("./bot-", import.meta.url)));
  try {
    const file = join(folder, "bot.mjs");
    copyFileSync(BOT, file);
    const bot = start([file, "demo", "Grid"], { COSCOPE: server.url });
    expect(await bot.ended, bot.output).toBe(0);
    const [room] = /e1\/demo\/\w+/.exec(bot.output)!;
    const reader = ada.join(room);
    await reader.synced();
    const query = createQuery(createLayerDocument(reader.doc));
    expect([query.size, query.unreadable]).toEqual([100, 0]);
    expect(query.at({ x: 4500, y: 500 } as never, 1)).toHaveLength(1);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
