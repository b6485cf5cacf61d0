import { expect, test } from "vitest";
import { converged, type Person, type Shown, type XY } from "./harness.ts";
import { command } from "./support/palette.ts";

interface Place {
  readonly ada: Person;
  readonly ben: Person;
  /** A place beside the middle of the canvas, image px. */
  point(dx: number, dy: number): XY;
}

/** Of what Ada drew first: two boxes that overlap, one with a hole, an ellipse. */
type Name = "a" | "b" | "holed" | "oval";
const NAMES: readonly Name[] = ["a", "b", "holed", "oval"];

interface Step {
  readonly what: string;
  readonly on: readonly Name[];
  run(): Promise<unknown>;
}

/**
 * Every command on annotations that no other test gives by hand: by its key or from the palette, while the colleague
 * draws; he sees it done, undone and done again.
 */
export function commandsCase(place: () => Place): void {
  test("each command by key or palette, while the colleague draws: seen, undone, redone", async () => {
    const { ada, ben, point } = place();
    const { page } = ada;
    const author = await page.evaluate(() => window.__coscope!.workspace.user.get().id);
    const key = (name: string) => () => ada.key(name);
    const palette = (typed: string, found: RegExp) => () => command(ada, typed, found);

    /** All that Ada drew, as this person sees it. */
    const state = async (person: Person) =>
      JSON.stringify(
        (await person.annotations())
          .filter((one) => one.author === author)
          .map(({ id, layerId, geometry, classId, attributes, locked, order }) => [
            id,
            { layerId, geometry, classId, attributes, locked, order },
          ])
          .toSorted(([x], [y]) => (x! < y! ? -1 : 1)),
      );

    async function draw(tool: string, from: XY, to: XY, held?: "Alt"): Promise<void> {
      const before = await state(ada);
      await ada.key(tool);
      if (held) await page.keyboard.down(held);
      await ada.drag(from, to);
      if (held) await page.keyboard.up(held);
      await expect.poll(() => state(ada)).not.toBe(before);
    }

    await draw("r", point(-150, -120), point(-50, -40));
    await draw("r", point(-90, -80), point(10, 0));
    await draw("r", point(60, -120), point(160, -20));
    await draw("o", point(90, -90), point(130, -50), "Alt");
    await draw("o", point(-140, 60), point(-60, 100));
    await ada.key("v");
    const drawn = (await ada.annotations()).filter((one) => one.author === author);
    const ids = drawn.toSorted((x, y) => x.created - y.created).map(({ id }) => id);
    const idsOf = (names: readonly Name[]) => names.map((name) => ids[NAMES.indexOf(name)]!);
    const [first] = await page.evaluate(() =>
      window.__coscope!.workspace.layers.get().map(({ row }) => row.id),
    );
    const plane = await page.evaluate(() => window.__coscope!.workspace.plane.get());
    await ada.act("addLayer", "Second");
    await ada.until("another layer", () => {
      const layers = window.__coscope!.workspace.layers.get();
      return layers.length === 2 && layers.every(({ state: now }) => now === "ready");
    });
    await ada.act("setActiveLayer", first!);

    const steps: readonly Step[] = [
      { what: "shared area", on: ["a", "b"], run: key("Shift+N") },
      { what: "holes filled", on: ["holed"], run: palette("fill holes", /^Fill holes/) },
      {
        what: "simplified",
        on: ["holed"],
        async run() {
          await command(ada, "simplify", /^Simplify/);
          const distance = page.getByRole("textbox", { name: /^Greatest distance/ });
          await distance.fill("2");
          await page.getByText(/→ .* corners/).waitFor();
          await distance.press("Enter");
        },
      },
      { what: "smoothed", on: ["holed"], run: palette("smooth", /^Smooth/) },
      { what: "cut", on: ["a"], run: key("Control+x") },
      { what: "copies", on: ["a", "b"], run: key("Control+d") },
      { what: "several removed", on: ["a", "b"], run: key("Delete") },
      { what: "another class for several", on: ["a", "b"], run: key("3") },
      { what: "at every depth", on: ["a", "b"], run: palette("every depth", /^Show at every depth/) },
      { what: "at every time", on: ["a"], run: palette("every time", /^Show at every time/) },
      { what: "a copy at the next time", on: ["a"], run: key("Alt+Shift+PageUp") },
      { what: "in front", on: ["a"], run: key("Control+Shift+BracketRight") },
      { what: "at the back", on: ["b"], run: key("Control+Shift+BracketLeft") },
      { what: "one forward", on: ["a"], run: key("Control+BracketRight") },
      { what: "one backward", on: ["b"], run: key("Control+BracketLeft") },
      { what: "turned left", on: ["a", "holed"], run: key("Shift+Comma") },
      { what: "turned right", on: ["a", "holed"], run: key("Shift+Period") },
      { what: "larger", on: ["a"], run: key("Control+ArrowUp") },
      { what: "smaller", on: ["a"], run: key("Control+ArrowDown") },
      { what: "locked", on: ["a", "b"], run: key("Shift+L") },
      {
        what: "an attribute",
        on: ["a", "b"],
        run: () => ada.act("setAttribute", idsOf(["a", "b"]), "Grade", "high"),
      },
      {
        what: "a copy in another layer",
        on: ["a"],
        async run() {
          await ada.key("Control+c");
          await command(ada, "draw on second", /^Layer: draw on Second/);
          await ada.key("Control+v");
        },
      },
      {
        what: "one more with the last tool",
        on: [],
        async run() {
          await ada.key("n");
          await ada.drag(point(0, 60), point(60, 100));
        },
      },
      {
        what: "an ellipse turned by its handle",
        on: ["oval"],
        run: () => ada.drag(point(-100, 60 - 26), point(-50, 70)),
      },
      {
        what: "what the wand takes",
        on: [],
        async run() {
          await ada.key("w");
          await ada.press(point(40, 60));
          await ada.moveTo(point(100, 60));
          await page.mouse.up();
        },
      },
      {
        what: "a magnetic outline",
        on: [],
        async run() {
          await ada.key("g");
          for (const at of [point(20, 40), point(90, 40), point(90, 110), point(20, 110)])
            await ada.click(at);
          await ada.key("Enter");
        },
      },
    ];

    // Where Ada is: others are not in what she selects.
    await ben.act("setPlane", plane);
    await ben.key("r");
    for (const [i, { what, on, run }] of steps.entries()) {
      await ada.act("select", idsOf(on));
      const before = await state(ada);
      const beside = point(-170 + 12 * i, 140);
      await Promise.all([run(), ben.drag(beside, { x: beside.x + 8, y: beside.y + 8 })]);
      await expect.poll(() => state(ada), { message: `done: ${what}` }).not.toBe(before);
      const after = await state(ada);
      const isSeen = (is: string, now: string) =>
        expect.poll(() => state(ben), { message: `Ben sees it ${is}: ${what}` }).toBe(now);
      await isSeen("done", after);
      await ada.key("Control+z");
      await isSeen("undone", before);
      await ada.key("Control+Shift+z");
      await isSeen("done again", after);
      // Each begins with the same.
      await ada.key("Control+z");
      await expect.poll(() => state(ada)).toBe(before);
      await ada.key("v");
      await ada.act("setActiveLayer", first!);
      await ada.act("setPlane", plane);
    }
    const others = (all: Shown[]) => all.filter((one) => one.author !== author).length;
    await expect.poll(async () => others(await ada.annotations())).toBe(steps.length);
    await converged(ada, ben);

    // What is selected, by keys and by name; nobody else's business.
    const selected = () => page.evaluate(() => [...window.__coscope!.workspace.selection.get()].toSorted());
    const here = (await ada.annotations()).map(({ id }) => id).toSorted();
    await ada.act("select", idsOf(["a"]));
    await ada.key("Control+i");
    expect(await selected()).toEqual(here.filter((id) => id !== ids[0]));
    await ada.act("select", idsOf(["a", "b"]));
    await ada.key("2");
    await ada.act("select", idsOf(["b"]));
    await command(ada, "all of this class", /^Select all of this class/);
    expect(await selected()).toEqual(idsOf(["a", "b"]).toSorted());
  });
}
