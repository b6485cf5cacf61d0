import type { Page } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { converged, createWorld, type Person, PLACE, type World, type XY } from "./harness.ts";
import { expectAccessible } from "./support/axe.ts";

/** Two people: one says what a class asks, both fill it in; one works with the table of everything. */

let world: World;
let ada: Person;
let ben: Person;
let page: Page;

beforeAll(async () => {
  world = await createWorld();
  [ada, ben] = await Promise.all([
    world.join("Ada", { viewport: { width: 1280, height: 800 } }),
    world.join("Ben", { viewport: { width: 1000, height: 700 } }),
  ]);
  page = ada.page;
});

afterAll(() => world?.close());

const point = (dx: number, dy: number): XY => ({ x: PLACE.cx + dx, y: PLACE.cy + dy });

async function box(person: Person, dx: number, dy: number, size: number): Promise<void> {
  await person.key("r");
  await person.drag(point(dx, dy), point(dx + size, dy + size));
}

const grid = () => page.getByRole("grid", { name: "Objects" });
/** Text of the column in each row that exists, from above. */
const cells = (column: number) =>
  grid()
    .getByRole("rowgroup")
    .last()
    .locator(`[role=row] > [aria-colindex="${column}"]`)
    .evaluateAll((all) =>
      all
        .toSorted((a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top)
        .map(({ textContent }) => textContent),
    );
const selectedSays = (number: number) =>
  page.getByRole("region", { name: "Selected objects" }).getByText(`${number} selected`).waitFor();
const count = (person: Person) => person.annotations().then((all) => all.length);

test("a class says what its objects answer; the answers reach the colleague", async () => {
  await page.getByRole("button", { name: "More about Nucleus" }).click();
  await page.getByRole("menuitem", { name: /Description and attributes/ }).click();
  await page.getByLabel("Description").fill("A nucleus");
  await page.getByRole("button", { name: "Add an attribute" }).click();
  await page.getByLabel("Name of the attribute").fill("Grade");
  await page.getByLabel("Kind").selectOption("select");
  await page.getByLabel("Choices, with commas between them").fill("low, high");
  await page.getByRole("button", { name: "Add an attribute" }).click();
  const second = page.getByRole("group", { name: "New attribute" });
  await second.getByLabel("Name of the attribute").fill("Ki-67");
  const ki = page.getByRole("group", { name: "Ki-67" });
  await ki.getByLabel("Kind").selectOption("number");
  await ki.getByLabel("Most").fill("100");
  await expectAccessible(page, "the editor of a class");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await ben.until("the attributes of the class", () =>
    window.__coscope!.workspace.classes.get().some(({ attributes }) => attributes.length === 2),
  );

  await ada.key("1");
  for (const [i, size] of [30, 60, 40, 50].entries()) await box(ada, -260 + i * 110, -150, size);
  await ben.until("what Ada drew", () => window.__coscope!.annotations().length === 4);
  await ada.act("selectAll");
  await page.getByRole("tab", { name: /Objects/ }).click();
  await page.getByLabel("Grade").selectOption("high");
  await ben.until("the grade of all", () =>
    window.__coscope!.annotations().every(({ attributes }) => attributes["Grade"] === "high"),
  );

  // One of them otherwise, by the colleague: the selection then says that they differ.
  const [first] = await ben.annotations();
  await ben.act("setAttribute", [first!.id], "Grade", "low");
  await page
    .getByLabel("Grade")
    .locator("option:checked", { hasText: "Different values" })
    .waitFor({ state: "attached" });

  // What is no answer is said and not written.
  await page.getByLabel("Ki-67").fill("140");
  await page.getByText("A number, 100 or less").waitFor();
  await page.keyboard.press("Enter");
  await page.getByLabel("Ki-67").fill("14");
  await page.keyboard.press("Enter");
  await ben.until("a number for all", () =>
    window.__coscope!.annotations().every(({ attributes }) => attributes["Ki-67"] === 14),
  );
  await expectAccessible(page, "the form of attributes");

  // One step each: the number goes, the grades stay.
  await ada.key("Control+z");
  await ben.until("no number any more", () =>
    window.__coscope!.annotations().every(({ attributes }) => !("Ki-67" in attributes)),
  );
  await ada.key("Control+Shift+z");
  await ben.until("the number again", () =>
    window.__coscope!.annotations().every(({ attributes }) => attributes["Ki-67"] === 14),
  );
  await ada.key("Control+z");
  await ben.until("and no more", () =>
    window.__coscope!.annotations().every(({ attributes }) => !("Ki-67" in attributes)),
  );
  expect((await ada.annotations()).map(({ attributes }) => attributes["Grade"]).toSorted()).toEqual([
    "high",
    "high",
    "high",
    "low",
  ]);

  // Of another class nobody asks for it: it is still shown, and can be taken away.
  const id = (await ada.annotations()).find(({ attributes }) => attributes["Grade"] === "low")!.id;
  await ada.act("select", [id]);
  await ada.act("reclassSelection", null);
  await page.getByRole("button", { name: "Take Grade away" }).click();
  await ben.until("no grade", () =>
    window.__coscope!.annotations().some(({ attributes }) => !("Grade" in attributes)),
  );
  await converged(ada, ben);
});

test("the table sorts, filters, and changes many with one step of undo", async () => {
  await page.getByRole("button", { name: /Table of 4 objects/ }).click();
  await expect.poll(() => grid().getAttribute("aria-rowcount")).toBe("5");
  await expectAccessible(page, "the table");
  const heads = await page.getByRole("columnheader").allTextContents();
  const area = heads.findIndex((text) => text.startsWith("Area")) + 1;
  await page.getByRole("columnheader", { name: /^Area/ }).getByRole("button").click();
  const areas = async () => (await cells(area)).map(Number);
  await expect.poll(areas).toEqual((await areas()).toSorted((a, b) => a - b));
  expect(new Set(await areas()).size).toBe(4);
  await page.getByRole("columnheader", { name: /^Area/ }).getByRole("button").click();
  await expect.poll(areas).toEqual((await areas()).toSorted((a, b) => b - a));

  // A colleague's work comes in at its place.
  await box(ben, -200, 60, 45);
  await expect.poll(() => grid().getAttribute("aria-rowcount")).toBe("6");
  await expect.poll(areas).toEqual((await areas()).toSorted((a, b) => b - a));
  await page.getByLabel("Search objects").fill("ben");
  const author = heads.findIndex((text) => text.startsWith("Drawn by")) + 1;
  await expect.poll(() => cells(author)).toEqual(["Ben"]);
  await page.getByLabel("Search objects").fill("");
  await page.getByLabel("Class", { exact: true }).selectOption({ label: "Nucleus" });
  await expect.poll(() => cells(1)).toEqual(["Nucleus", "Nucleus", "Nucleus"]);

  // All that are shown, by Shift; another class for them; back with one step.
  const rows = grid().getByRole("rowgroup").last().getByRole("row");
  await rows.first().click();
  await rows.last().click({ modifiers: ["Shift"] });
  await selectedSays(3);
  await page.getByRole("button", { name: "Change class" }).click();
  await page.getByRole("menuitemradio", { name: /Mitosis/ }).click();
  await expect.poll(() => grid().getAttribute("aria-rowcount")).toBe("1");
  await page.getByRole("button", { name: "Show all" }).click();
  await expect.poll(async () => (await cells(1)).filter((name) => name === "Mitosis").length).toBe(3);
  await ada.key("Control+z");
  await expect.poll(async () => (await cells(1)).filter((name) => name === "Nucleus").length).toBe(3);
  await ada.key("Control+Shift+z");
  await expect.poll(async () => (await cells(1)).filter((name) => name === "Mitosis").length).toBe(3);
  await ada.key("Control+z");
  await expect.poll(async () => (await cells(1)).filter((name) => name === "Nucleus").length).toBe(3);

  await page
    .getByRole("region", { name: "Selected objects" })
    .getByRole("button", { name: "Delete", exact: true })
    .click();
  await ben.until("three fewer", () => window.__coscope!.annotations().length === 2);
  await ada.key("Control+z");
  await ben.until("they are back", () => window.__coscope!.annotations().length === 5);
  await ada.key("Control+Shift+z");
  await ben.until("gone again", () => window.__coscope!.annotations().length === 2);
  await ada.key("Control+z");
  await ben.until("and back", () => window.__coscope!.annotations().length === 5);

  // The sixth class is Ignore*.
  await ada.act("select", [(await ada.annotations())[0]!.id]);
  await ada.key("6");
  await page.getByLabel("Class", { exact: true }).selectOption({ label: "All but ignored" });
  await expect.poll(() => grid().getAttribute("aria-rowcount")).toBe("5");
  await page.getByRole("button", { name: "Show all" }).click();
  await expect.poll(() => grid().getAttribute("aria-rowcount")).toBe("6");
  await ada.key("Control+z");
  await converged(ada, ben);
});

test("selecting on the canvas scrolls nothing; asked for, the row is shown", async () => {
  await page.evaluate(() => {
    const { workspace } = window.__coscope!;
    workspace.actions.select(window.__coscope!.annotations().map(({ id }) => id));
    // Enough rows that they do not all fit.
    for (let i = 0; i < 6; i++) {
      workspace.actions.duplicateSelection();
      workspace.actions.select(
        window
          .__coscope!.annotations()
          .map(({ id }) => id)
          .slice(0, 5),
      );
    }
    workspace.actions.clearSelection();
  });
  await expect.poll(() => grid().getAttribute("aria-rowcount")).toBe("36");
  const last = () =>
    page.evaluate(() => {
      const all = window.__coscope!.annotations();
      return all.toSorted((a, b) => a.created - b.created || (a.id < b.id ? -1 : 1)).at(-1)!.id;
    });
  await page.getByRole("columnheader", { name: /^Area/ }).getByRole("button").click();
  await expect
    .poll(() => page.getByRole("columnheader", { name: /^Area/ }).getAttribute("aria-sort"))
    .toBe("none");
  await grid().evaluate((element) => {
    element.scrollTop = 60;
  });
  const id = await last();
  await ada.act("select", [id]);
  await selectedSays(1);
  expect(await grid().evaluate((element) => element.scrollTop)).toBe(60);
  expect(await page.locator(`#object-${id}[aria-selected=true]`).count()).toBeLessThanOrEqual(1);
  await page
    .getByRole("region", { name: "Selected objects" })
    .getByRole("button", { name: "Show in table" })
    .click();
  await expect.poll(() => grid().evaluate((element) => element.scrollTop)).toBeGreaterThan(60);
  await page.locator(`#object-${id}[aria-selected=true]`).waitFor();
});

test("by keys alone: rows are walked, chosen, flown to and deleted", async () => {
  await grid().focus();
  await page.keyboard.press("Home");
  const active = () => grid().getAttribute("aria-activedescendant");
  const first = await active();
  const before = await page.evaluate(() => window.__coscope!.workspace.camera.get());
  await page.keyboard.press("End");
  await expect.poll(active).not.toBe(first);
  await expect
    .poll(() => page.evaluate(() => window.__coscope!.workspace.camera.get().cx))
    .not.toBe(before.cx);
  await page.keyboard.press("Shift+ArrowUp");
  await page.keyboard.press("Shift+ArrowUp");
  await selectedSays(3);
  await page.keyboard.press("Delete");
  await ben.until("three fewer", () => window.__coscope!.annotations().length === 32);
  await page.keyboard.press("Control+a");
  await selectedSays(32);
  await page.keyboard.press("Control+z");
  await expect.poll(() => count(ben)).toBe(35);
});

test("means are read from the image, and colours follow a measure", async () => {
  await page.getByRole("button", { name: "Columns" }).click();
  await page.getByRole("menuitemcheckbox", { name: /Mean DAPI/ }).click();
  await page.keyboard.press("Escape");
  const heads = await page.getByRole("columnheader").allTextContents();
  const mean = heads.findIndex((text) => text.startsWith("Mean DAPI")) + 1;
  await expect
    .poll(async () => (await cells(mean)).every((text) => Number(text?.replace(",", "")) > 0), {
      timeout: 20_000,
    })
    .toBe(true);
  await page.getByRole("button", { name: "Measure all means" }).click();
  await page.getByRole("button", { name: "Measure all means" }).waitFor();

  await page.getByRole("tab", { name: "Layers" }).click();
  await page.getByLabel("Colour by").selectOption("area");
  await page.getByRole("region", { name: /Colours by Area/ }).waitFor();
  await expectAccessible(page, "the legend, the tree and the table");
  await page.getByLabel("Colour by").selectOption({ label: "DAPI" });
  const legend = page.getByRole("region", { name: /Colours by Mean DAPI/ });
  // Its least and its greatest, once the pixels are read.
  await expect.poll(() => legend.locator(".legend-ends").textContent()).toMatch(/\d/);
  await page.getByRole("button", { name: "Back to the colours of the classes" }).click();
  await expect.poll(() => page.getByRole("region", { name: /Colours by/ }).count()).toBe(0);
});
