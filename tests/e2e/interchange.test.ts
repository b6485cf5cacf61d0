import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Geometry } from "@coscope/annotations";
import { asciiJson, decodeCoco, decodeGeoJson, encodeGeoJson } from "@coscope/annotations/interchange";
import { afterAll, beforeAll, expect, test } from "vitest";
import { converged, createWorld, type Person, PLACE, type World } from "./harness.ts";
import { expectAccessible } from "./support/axe.ts";
import { shoot } from "./support/shoot.ts";

/** A file of annotations is dropped on an image, looked at, imported, seen by a colleague, taken back; and goes out. */

const VIEWPORT = { width: 1100, height: 720 };
const COUNT = 1_200;
let world: World;
let ada: Person;
let ben: Person;
let folder = "";

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "coscope-interchange-"));
  world = await createWorld();
  [ada, ben] = await Promise.all([world.join("Ada", { viewport: VIEWPORT }), world.join("Ben")]);
});

afterAll(async () => {
  await world?.close();
  rmSync(folder, { recursive: true, force: true });
});

const square = (i: number): Geometry => {
  const [x, y] = [PLACE.cx - 300 + (i % 60) * 10, PLACE.cy - 200 + Math.floor(i / 60) * 10];
  return { kind: "polygon", plane: { z: 0, t: 0 }, parts: [[[x, y, x + 7, y, x + 7, y + 7.5, x, y + 7]]] };
};
const classes = [
  { id: "n", name: "nucleus", color: "#102030" },
  { id: "s", name: "Strange: Cell", color: "#c02060" },
];
const source = Array.from({ length: COUNT }, (_, i) => ({
  id: `a${i}`,
  geometry: square(i),
  classId: i % 3 === 0 ? null : i % 3 === 1 ? "n" : "s",
  label: i % 100 === 0 ? `Nr. ${i}` : "",
  author: "x",
  created: 5,
  ...(i % 50 === 0 && { attributes: { grade: i }, locked: true }),
}));

async function drop({ page }: Person, name: string, text: string): Promise<void> {
  const file = join(folder, name);
  writeFileSync(file, text);
  const cdp = await page.context().newCDPSession(page);
  const at = { x: 400, y: 300, data: { items: [], files: [file], dragOperationsMask: 1 } };
  await cdp.send("Input.dispatchDragEvent", { type: "dragEnter", ...at });
  await cdp.send("Input.dispatchDragEvent", { type: "dragOver", ...at });
  await page.getByText("or annotations to import").waitFor();
  await cdp.send("Input.dispatchDragEvent", { type: "drop", ...at });
  await cdp.detach();
}

const card = ({ page }: Person) => page.getByRole("region", { name: "Import annotations" });
const countAt = async (person: Person): Promise<number> => (await person.annotations()).length;

async function exported(format: "GeoJSON" | "COCO"): Promise<string> {
  const { page } = ada;
  await page
    .getByRole("button", { name: /^More about/ })
    .first()
    .click();
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("menuitem", { name: `Export as ${format}` }).click(),
  ]);
  return readFileSync(await download.path(), "utf8");
}

test("a dropped GeoJSON is shown, its classes are chosen, a colleague sees it, one undo takes it all away", async () => {
  const before = await countAt(ada);
  await drop(ada, "from QuPath.geojson", asciiJson(encodeGeoJson(source, { classes })));
  await card(ada).getByText("GeoJSON: 1,200 polygons.").waitFor();
  const becomes = (name: string) => card(ada).getByLabel(`${name} becomes`);
  expect(await becomes("nucleus").locator("option:checked").textContent()).toBe("Nucleus");
  expect(await becomes("Strange: Cell").locator("option:checked").textContent()).toBe("New class");
  expect(await countAt(ada)).toBe(before);
  await expectAccessible(ada.page, "the import of a file");
  await shoot(ada.page, "import");

  await card(ada).getByRole("button", { name: "Import 1,200 annotations" }).click();
  await card(ada).waitFor({ state: "detached" });
  expect(await countAt(ada)).toBe(before + COUNT);
  await converged(ada, ben);
  const seen = (await ben.annotations()).filter(
    ({ provenance }) => provenance?.["file"] === "from QuPath.geojson",
  );
  expect(seen).toHaveLength(COUNT);
  const names = await ben.page.evaluate(() =>
    window.__coscope!.workspace.classes.get().map(({ id, name, color }) => [id, { name, color }] as const),
  );
  const made = names.find(([, { name }]) => name === "Strange: Cell");
  expect(made?.[1].color).toBe("#c02060");
  expect(seen.filter(({ classId }) => classId === made?.[0])).toHaveLength(COUNT / 3);
  expect(seen.filter(({ locked, attributes }) => locked && attributes["grade"] !== undefined)).toHaveLength(
    24,
  );

  const expected = source.map(({ geometry, label, classId }) => [
    geometry,
    label,
    classId && { n: "Nucleus", s: "Strange: Cell" }[classId],
  ]);
  const read = decodeGeoJson(await exported("GeoJSON"));
  expect(read.problems).toEqual([]);
  const inOrder = (list: readonly (readonly unknown[])[]) => list.map((one) => JSON.stringify(one)).sort();
  const ours = read.annotations.filter(({ provenance }) => provenance?.["file"] === "from QuPath.geojson");
  expect(inOrder(ours.map(({ geometry, label, className }) => [geometry, label, className]))).toEqual(
    inOrder(expected),
  );
  expect(
    ours.filter(({ locked, attributes }) => locked && typeof attributes?.["grade"] === "number"),
  ).toHaveLength(24);
  const coco = decodeCoco(await exported("COCO"));
  expect([coco.problems, coco.images.length]).toEqual([[], 1]);
  expect(coco.images[0]!.annotations.length).toBeGreaterThanOrEqual(COUNT);

  await ada.act("undo");
  expect(await countAt(ada)).toBe(before);
  await converged(ada, ben);
  expect(await countAt(ben)).toBe(before);
  await ada.act("redo");
  await converged(ada, ben);
  expect(await countAt(ben)).toBe(before + COUNT);
});

test("a file that cannot be read says why and what to do; an image of another kind still goes to the uploads", async () => {
  await drop(ada, "broken.json", '{"type": "FeatureColl');
  await card(ada).getByRole("alert").waitFor();
  expect(await card(ada).textContent()).toContain("Save or download it again");
  await ada.page.keyboard.press("Escape");
  await card(ada).waitFor({ state: "detached" });
  await drop(ada, "other.json", '{"some": "thing"}');
  await card(ada).getByText("Export GeoJSON from QuPath").waitFor();
  await card(ada).getByRole("button", { name: "Close without importing" }).click();
  await drop(ada, "picture.png", "no picture");
  await ada.page.getByRole("region", { name: "Uploads" }).waitFor();
  expect(await card(ada).count()).toBe(0);
});
