import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openTree } from "@coscope/sync-server/images/import/entries.ts";
import { importTree } from "@coscope/sync-server/images/import/import-tree.ts";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { comeIn, type Person, startTestServer, type TestServer, until } from "./harness.ts";

vi.setConfig({ testTimeout: 60_000 });

/** Files that were imported go with their image; all others stay. */

const fixtures = join(import.meta.dirname, "../fixtures/images");
const linked = mkdtempSync(join(tmpdir(), "coscope-linked-"));
let server: TestServer;
let ada: Person;
let imagesDir: string;
beforeAll(async () => {
  await importInto(linked);
  server = await startTestServer({ imageDirs: [linked] });
  ada = await comeIn(server, "Ada");
  imagesDir = join(server.dataDir, "images");
});
afterAll(async () => {
  await server.remove();
  rmSync(linked, { recursive: true, force: true });
});

async function importInto(dir: string, importId?: string): Promise<string> {
  const tree = await openTree(join(fixtures, "plain.png"), false, "Doe, Jane.png");
  const { images } = await importTree(tree, { imagesDir: dir, ...(importId && { importId }) });
  await tree.close();
  return images[0]!.folder;
}

const idOf = (folder: string) => /([0-9a-z]{16})\.zarr$/.exec(folder)![1]!;

async function remove(person: Person, id: string): Promise<void> {
  const { revision } = await person.get(`/api/images/${id}`);
  expect((await person.call("DELETE", `/api/images/${id}?revision=${revision}`)).status).toBe(204);
}

const gone = (dir: string) => until(() => !readdirSync(dir).some((name) => name.startsWith(".deleting-")));

test("an imported image is called by its id, its row by its name; deleted, its files go", async () => {
  const folder = await importInto(imagesDir);
  const rows: { id: string; name: string }[] = await ada.get("/api/images");
  expect(rows.find(({ id }) => id === idOf(folder))).toMatchObject({ name: "Doe, Jane" });
  expect(readdirSync(folder).sort()).toEqual(["0", "zarr.json"]);
  const files = await ada.get(`/api/images/${idOf(folder)}/files`);
  expect(files).toEqual({ own: true, bytes: expect.any(Number) });
  expect(files.bytes).toBeGreaterThan(1000);
  await remove(ada, idOf(folder));
  expect(existsSync(folder)).toBe(false);
  await gone(imagesDir);
  expect((await ada.call("GET", `/data/images/${idOf(folder)}/zarr.json`)).status).toBe(404);
});

test("folders of --images, by hand or behind a link stay where they are", async () => {
  // The second as long as an id.
  const byHand = ["by hand.zarr", "slide20240101abc.zarr"].map((name) => join(imagesDir, name));
  for (const folder of byHand) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "zarr.json"), "{}");
  }
  const rows: { id: string; name: string; source: string }[] = await ada.get("/api/images");
  const others = rows.filter(({ source }) => source === "local");
  expect(others).toHaveLength(3);
  for (const { id } of [...others, { id: "demo" }]) {
    expect(await ada.get(`/api/images/${id}/files`)).toEqual({ own: false, bytes: null });
    await remove(ada, id);
  }
  for (const folder of byHand) expect(existsSync(folder)).toBe(true);
  expect(readdirSync(linked)).toHaveLength(1);
});

test("a folder of an earlier version, called as its file, goes as well", async () => {
  const old = join(imagesDir, "Doe, Jane.zarr");
  renameSync(await importInto(imagesDir), old);
  rmSync(join(old, ".import.json"));
  const rows: { id: string; name: string }[] = await ada.get("/api/images");
  const row = rows.find(({ name }) => name === "Doe, Jane")!;
  expect((await ada.call("GET", `/data/images/${row.id}/zarr.json`)).status).toBe(200);
  expect(await ada.get(`/api/images/${row.id}/files`)).toMatchObject({ own: true });
  await remove(ada, row.id);
  expect(existsSync(old)).toBe(false);
  await gone(imagesDir);
});

test("what a server that ended in between has left goes at the next start, also where the operator offers the folder", async () => {
  let own = await startTestServer();
  const { dataDir } = own;
  const dir = join(dataDir, "images");
  try {
    const eve = await comeIn(own, "Eve");
    const [first, second, kept] = [await importInto(dir), await importInto(dir), await importInto(dir)];
    await eve.get("/api/images");
    // As if it ended before the files were touched, and before they were all removed.
    const beside = join(dataDir, "beside.zarr");
    renameSync(first, beside);
    await remove(eve, idOf(first));
    await own.close();
    renameSync(beside, first);
    mkdirSync(join(dir, ".deleting-x"));
    own = await startTestServer({ dataDir });
    expect(existsSync(first)).toBe(false);
    await own.close();
    expect(readdirSync(dir).sort()).toEqual([second, kept].map((path) => `${idOf(path)}.zarr`).sort());
    // Named with --images as well, it is the operator's.
    own = await startTestServer({ dataDir, imageDirs: [dir] });
    const again = await comeIn(own, "Eve");
    expect(await again.get(`/api/images/${idOf(second)}/files`)).toEqual({ own: false, bytes: null });
    await remove(again, idOf(second));
    expect(existsSync(second)).toBe(true);
  } finally {
    await own.remove();
  }
});

test("an image that was complete when the server ended belongs to its upload, once", async () => {
  let own = await startTestServer();
  const { dataDir } = own;
  try {
    const eve = await comeIn(own, "Eve");
    await own.close();
    const id = "k3v9x0q2m4n6p8r1";
    const folder = await importInto(join(dataDir, "images"), id);
    const lost = await importInto(join(dataDir, "images"), "0000000000000000");
    const bytes = await readFile(join(fixtures, "plain.png"));
    writeFileSync(join(dataDir, "uploads", id), bytes);
    const record = {
      ...{ id, userId: eve.user.id, projectId: "default", name: "Doe, Jane.png", bytes: bytes.length },
      ...{ keepMetadata: false, withAssociated: false, sha256: null, createdAt: new Date().toISOString() },
      ...{ state: "converting", progress: 0, images: [], error: null, failures: [], endedAt: null },
    };
    writeFileSync(join(dataDir, "uploads", `${id}.job.json`), JSON.stringify(record));
    own = await startTestServer({ dataDir });
    const again = new (eve.constructor as typeof Person)(own.url, eve.token, eve.user);
    await until(async () => (await again.get(`/api/imports/${id}`)).state === "ready");
    expect((await again.get(`/api/imports/${id}`)).images).toEqual([{ id: idOf(folder), name: "Doe, Jane" }]);
    const rows: { id: string; source: string; addedBy: { name: string } | null }[] =
      await again.get("/api/images");
    const local = rows.filter(({ source }) => source === "local");
    expect(local.map((row) => row.id).sort()).toEqual([idOf(folder), idOf(lost)].sort());
    expect(local.find((row) => row.id === idOf(folder))?.addedBy?.name).toBe("Eve");
    // Taken off the list, nothing knows the name of the file any more but the row.
    expect((await again.call("DELETE", `/api/imports/${id}`)).status).toBe(204);
    expect(await again.get("/api/imports")).toEqual([]);
    expect(await readFile(join(dataDir, "uploads", `${id}.job.json`), "utf8")).not.toContain("Doe");
  } finally {
    await own.remove();
  }
});
