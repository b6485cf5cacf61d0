import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { ServerProcess } from "./child.ts";
import { comeIn } from "./harness.ts";
import { freshDataDir } from "./template.ts";

const started: ServerProcess[] = [];
const dirs: string[] = [];
afterEach(async () => {
  for (const server of started.splice(0)) await server.signal("SIGKILL");
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
});

async function newDir(): Promise<string> {
  const dir = await freshDataDir();
  dirs.push(dir);
  return dir;
}

async function start(...args: string[]): Promise<ServerProcess> {
  const server = await ServerProcess.start(args);
  started.push(server);
  return server;
}

async function refusal(...args: string[]): Promise<{ code: number | null; output: string }> {
  const server = ServerProcess.run(args);
  started.push(server);
  return { code: await server.exit(), output: server.output };
}

test("one line says where it is, and a signal ends it cleanly with everything saved", async () => {
  const data = await newDir();
  const server = await start("--port", "0", "--data", data);
  expect(server.output.trim().split("\n")).toEqual([
    expect.stringMatching(/^Coscope is at http:\/\/localhost:\d+$/),
  ]);
  const ada = await comeIn(server);
  const { room } = await ada.newLayer();
  const author = ada.join(room);
  await author.synced();
  const id = author.add();
  await author.saved();
  expect(await server.signal("SIGTERM")).toBe(0);
  ada.leaveAll();

  const again = await start("--port", "0", "--data", data);
  const reader = (await comeIn(again)).join(room);
  await reader.synced();
  expect(reader.has(id)).toBe(true);
  reader.destroy();
  // A Ctrl-C comes from the terminal and from each script in between.
  for (let i = 0; i < 3; i++) again.child.kill("SIGINT");
  expect(await again.exit()).toBe(0);
});

test("a port in use is said plainly, with the next step, and the data stays free", async () => {
  const blocker = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => blocker.once("listening", resolve));
  const { port } = blocker.address() as { port: number };
  const data = await newDir();
  const { code, output } = await refusal("--port", String(port), "--data", data);
  expect(code).toBe(1);
  expect(output).toContain(`Port ${port} is already in use.`);
  expect(output).toContain("--port");
  expect(output).not.toMatch(/\bat .*:\d+:\d+/);
  blocker.close();
  await start("--port", String(port), "--data", data);
});

test("a second server on the same data is refused; after SIGKILL the next one takes over", async () => {
  const data = await newDir();
  const first = await start("--port", "0", "--data", data);
  const { code, output } = await refusal("--port", "0", "--data", data);
  expect(code).toBe(1);
  expect(output).toContain("already used by another Coscope");
  expect(output).toContain(String(first.child.pid));
  await first.signal("SIGKILL");
  await start("--port", "0", "--data", data);
});

test("a folder of images that is not there is warned of, and a file in its place refused", async () => {
  const data = await newDir();
  const missing = `${data}-later`;
  const server = await start("--port", "0", "--data", data, "--log", "warn", "--images", missing);
  expect(server.output).toContain(
    "--images: there is no such folder; its images are offered once it is there",
  );
  expect(server.output).toContain(missing);
  dirs.push(missing);
  mkdirSync(join(missing, "late.zarr"), { recursive: true });
  const ada = await comeIn(server);
  await expect.poll(() => ada.get("/api/images")).toContainEqual(expect.objectContaining({ name: "late" }));
  await server.signal("SIGTERM");

  const file = join(data, "file");
  writeFileSync(file, "");
  const { code, output } = await refusal("--port", "0", "--data", data, "--images", file);
  expect(code).toBe(1);
  expect(output).toContain(`--images ${file} is a file.`);
});

test("a data folder that cannot be is refused in words", async () => {
  const file = join(await newDir(), "file");
  writeFileSync(file, "");
  const { code, output } = await refusal("--port", "0", "--data", file);
  expect(code).toBe(1);
  expect(output.trim().split("\n")).toEqual([
    `${file} cannot be written to: a file is where a folder should be.`,
    expect.stringContaining("name another folder"),
  ]);
});

test("a wrong argument is answered with the usage", async () => {
  const { code, output } = await refusal("--port", "many");
  expect(code).toBe(1);
  expect(output).toContain('--port expects a number from 0 to 65535, got "many".');
  expect(output).toContain("Usage:");
});

test("on the network it prints the join link for this machine and for others", async () => {
  const server = await start("--port", "0", "--host", "0.0.0.0", "--data", await newDir());
  expect(server.output).toMatch(/http:\/\/localhost:\d+\/#key=[\w-]{20,}/);
});
