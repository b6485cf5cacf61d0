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

test("of layers with the same name each is told by its image; the server is found by its data folder", async () => {
  const { id } = (
    await ada.call("POST", "/api/images", { name: "Other", url: `${server.url}/demo/slide.zarr` })
  ).body;
  const of = (imageId: string) => ada.call("POST", `/api/images/${imageId}/layers`, { name: "twice" });
  const [first, second] = [(await of("demo")).body, (await of(id)).body];
  const which = watch("twice");
  expect(await which.ended).toBe(1);
  expect(which.output).toContain('2 layers are called "twice".');
  expect(which.output).toContain(`"demo/twice" (${first.room})`);
  for (const [wanted, room] of [
    ["demo/twice", first.room],
    [`${id}/twice`, second.room],
    ["Other/twice", second.room],
  ]) {
    const found = start([...TYPE_FLAGS, CLI, "watch", wanted, "--data", server.dataDir]);
    await until(() => found.output.includes(`${room}: 0 annotations`));
    found.child.kill("SIGINT");
    expect(await found.ended).toBe(0);
  }
});

test("help is asked for in three ways", async () => {
  for (const word of ["help", "--help", "-h"]) {
    const asked = start([...TYPE_FLAGS, CLI, word]);
    expect(await asked.ended).toBe(0);
    expect(asked.output).toContain("Usage: npm run coscope -- <command>");
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
    const layers = () => ada.get("/api/images/demo/layers");
    const before = await layers();
    const old = start(["--no-experimental-websocket", file, "demo", "Never"], { COSCOPE: server.url });
    expect(await old.ended).toBe(1);
    expect(old.output).toMatch(/^this Node has no WebSocket: use version 22/);
    expect(await layers()).toEqual(before);
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
