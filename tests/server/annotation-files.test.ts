import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createLayerDocument, createQuery, type Geometry } from "@coscope/annotations";
import { asciiJson, decodeCoco, decodeGeoJson, encodeGeoJson } from "@coscope/annotations/interchange";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { TYPE_FLAGS } from "./child.ts";
import { comeIn, type Person, startTestServer, type TestServer } from "./harness.ts";

/** `coscope annotations export` and `import`, against a running server. */
const CLI = fileURLToPath(new URL("../../apps/sync-server/src/cli/main.ts", import.meta.url));

let server: TestServer;
let ada: Person;
let folder: string;
beforeAll(async () => {
  server = await startTestServer();
  ada = await comeIn(server, "Ada");
  folder = mkdtempSync(join(tmpdir(), "coscope-annotation-files-"));
});
afterAll(async () => {
  ada.leaveAll();
  await server.remove();
  rmSync(folder, { recursive: true, force: true });
});

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly errors: string;
}

const annotations = (...args: string[]): Promise<Ended> =>
  new Promise((resolve) => {
    const all = [...TYPE_FLAGS, CLI, "annotations", ...args, "--server", server.url];
    execFile(process.execPath, all, { maxBuffer: 2 ** 26 }, (error, out, errors) =>
      resolve({ code: Number(error?.code ?? 0), out, errors }),
    );
  });

const triangle = (x: number, z: number): Geometry => ({
  kind: "polygon",
  plane: { z, t: 0 },
  parts: [[[x, 0, x + 8, 0, x + 8, 8.5]]],
});
const classes = [
  { id: "n", name: "nucleus", color: "#112233" },
  { id: "o", name: "Odd one", color: "#445566" },
];
const source = Array.from({ length: 1_100 }, (_, i) => ({
  id: `a${i}`,
  geometry: i === 7 ? ({ kind: "point", plane: { z: 0, t: 0 }, x: 1, y: 2 } as const) : triangle(i, i % 3),
  classId: i % 4 === 0 ? null : i % 4 === 1 ? "o" : "n",
  label: i % 5 === 0 ? `Nr. ${i}` : "",
  author: "x",
  created: 5,
  ...(i % 6 === 0 && { attributes: { grade: i % 3, note: "µ" }, locked: true }),
}));

test("a file goes into a layer, saved, and comes out as it was; classes are matched or made", async () => {
  const layer = await ada.newLayer("from a file");
  const file = join(folder, "in.geojson");
  writeFileSync(file, asciiJson(encodeGeoJson(source, { classes })));

  const mapped = await annotations("import", "from a file", file);
  expect(mapped).toMatchObject({
    code: 0,
    out: expect.stringContaining('1100 annotations added to "from a file"'),
  });
  expect(mapped.errors).toContain("Unclassified, as the project has no such class: Odd one");
  const made = await annotations("import", layer.id, file, "--classes", "create");
  expect(made).toMatchObject({ code: 0, errors: "" });

  const reader = ada.join(layer.room);
  await reader.synced();
  const query = createQuery(createLayerDocument(reader.doc));
  expect([query.size, query.unreadable]).toEqual([2_200, 0]);

  const out = join(folder, "out.geojson");
  expect(await annotations("export", layer.id, "--out", out)).toMatchObject({ code: 0, out: "" });
  const names = { n: "Nucleus", o: "Odd one" } as Record<string, string>;
  const expected = source.map(({ id, author, created, classId, ...rest }) => ({
    ...rest,
    className: classId === null ? null : names[classId]!,
  }));
  const read = decodeGeoJson(readFileSync(out, "utf8"));
  expect(read.problems).toEqual([]);
  const bare = read.annotations
    .filter(({ className }) => className !== null)
    .map(({ id, author, created, provenance, ...rest }) => rest);
  const key = (one: { geometry: Geometry; className: string | null }): string =>
    JSON.stringify([one.geometry, one.className]);
  const sorted = <T extends Parameters<typeof key>[0]>(list: readonly T[]): T[] =>
    [...list].sort((a, b) => (key(a) < key(b) ? -1 : 1));
  const inBoth = expected.filter(({ className }) => className === "Nucleus");
  const odd = expected.filter(({ className }) => className === "Odd one");
  expect(sorted(bare)).toEqual(sorted([...inBoth, ...inBoth, ...odd]));
  expect(read.annotations[0]?.provenance).toMatchObject({ kind: "import", file: "in.geojson", author: "x" });
}, 60_000);

test("COCO comes out for a whole image, points left out and said; its size must be known", async () => {
  const unknown = await annotations("export", "demo", "--format", "coco");
  expect([unknown.code, unknown.errors]).toEqual([1, expect.stringContaining("Open the image once")]);
  const summary = { width: 9000, height: 900, sizeZ: 3, sizeT: 1, channels: 4, rgb: false, dtype: "uint16" };
  const picture = await sharp({ create: { width: 8, height: 8, channels: 3, background: "#246" } })
    .jpeg()
    .toBuffer();
  const kept = { summary: { ...summary, micrometres: null }, picture: picture.toString("base64") };
  expect(await ada.call("PUT", "/api/images/demo/preview", kept)).toMatchObject({ status: 200 });
  const { code, out, errors } = await annotations("export", "demo", "--format", "coco");
  expect([code, errors]).toEqual([
    0,
    "2198 annotations written.\n2 points and lines left out: COCO holds areas only.\n" +
      "COCO knows no depth or time: the annotations of 3 planes are in one image.\n",
  ]);
  expect(decodeCoco(out).images[0]?.annotations).toHaveLength(2_198);

  // An asterisk: as in QuPath, no objects.
  const rows = await ada.get("/api/projects/default/classes");
  const odd = rows.find(({ name }: { name: string }) => name === "Odd one");
  await ada.call("PATCH", `/api/classes/${odd.id}`, { name: "Odd one*", revision: odd.revision });
  const without = await annotations("export", "demo", "--format", "coco");
  expect(without.errors).toContain("275 of ignored classes left out");
  expect(decodeCoco(without.out).images[0]?.annotations).toHaveLength(2_198 - 275);
  const withThem = await annotations("export", "demo", "--format", "coco", "--ignored");
  expect(decodeCoco(withThem.out).images[0]?.annotations).toHaveLength(2_198);
});

test("outlines that cross themselves are repaired, and their number is said", async () => {
  const tie = {
    ...source[0]!,
    geometry: { ...triangle(0, 0), parts: [[[0, 0, 9, 9, 9, 0, 0, 5]]] } as Geometry,
  };
  const file = join(folder, "tie.geojson");
  writeFileSync(file, asciiJson(encodeGeoJson([tie, source[4]!], { classes })));
  const { code, out, errors } = await annotations("import", "from a file", file);
  expect([code, errors]).toEqual([0, "Repaired, as they crossed or overlapped themselves: 1.\n"]);
  expect(out).toContain('2 annotations added to "from a file"');
});

test("says what is wrong, and what to do", async () => {
  const bad = join(folder, "bad.json");
  writeFileSync(bad, "{");
  expect(await annotations("import", "from a file", bad)).toMatchObject({
    code: 1,
    errors: expect.stringContaining("not-json"),
  });
  writeFileSync(bad, '{"a":1}');
  const neither = await annotations("import", "from a file", bad);
  expect(neither.errors).toContain("COCO instances are read");
  // Sparse: it takes no room.
  truncateSync(bad, 501 * 2 ** 20);
  const large = await annotations("import", "from a file", bad);
  expect([large.code, large.errors]).toEqual([
    1,
    expect.stringMatching(/at most 500 MB, got 501 MB[\s\S]*Split it/),
  ]);
  expect((await annotations("import", "from a file", join(folder, "none.json"))).errors).toContain(
    "cannot be read",
  );
  const none = await annotations("export", "nowhere");
  expect([none.code, none.errors]).toEqual([
    1,
    expect.stringMatching(/^There is no layer "nowhere"\.\nGive it/),
  ]);
  expect((await annotations("export", "demo", "--format", "shp")).errors).toContain("Usage");
  const rows = await ada.get("/api/images/demo/layers");
  const row = rows.find(({ name }: { name: string }) => name === "from a file");
  await ada.call("PATCH", `/api/layers/${row.id}`, { locked: true, revision: row.revision });
  expect((await annotations("import", row.id, join(folder, "in.geojson"))).errors).toContain("is locked");
}, 60_000);
