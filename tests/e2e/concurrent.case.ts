import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { converged, createWorld, type Person, type Scene, type World, type XY } from "./harness.ts";

/** Several people change the same things at the same moment, or while one of them is offline. */
export function concurrentCases(scene: Scene): void {
  describe(scene.name, () => {
    let world: World;
    let ada: Person;
    let ben: Person;
    let cleo: Person;

    beforeAll(async () => {
      world = await createWorld({ scene });
      [ada, ben, cleo] = await Promise.all([world.join("Ada"), world.join("Ben"), world.join("Cleo")]);
    });

    afterAll(() => world?.close());

    beforeEach(async () => {
      for (const person of [ada, ben, cleo]) {
        await person.online();
        for (const id of await person.page.evaluate(() =>
          window.__coscope!.workspace.notices.get().map((notice) => notice.id),
        )) {
          await person.act("dismissNotice", id);
        }
      }
      await converged(ada, ben, cleo);
    });

    function point(dx: number, dy: number): XY {
      return { x: scene.place.cx + dx, y: scene.place.cy + dy };
    }

    let slot = 0;

    /** A rectangle of Ada's that everyone sees, in a corner of its own; its id and its middle. */
    async function sharedBox(): Promise<{ id: string; middle: XY; corner: XY }> {
      const x = -250 + 110 * (slot % 5);
      const y = -130 + 90 * Math.floor(slot / 5);
      slot += 1;
      const before = new Set((await ada.annotations()).map(({ id }) => id));
      await ada.key("Escape");
      await ada.key("r");
      await ada.drag(point(x, y), point(x + 70, y + 50));
      await converged(ada, ben, cleo);
      const { id } = (await ada.annotations()).find((annotation) => !before.has(annotation.id))!;
      for (const person of [ada, ben, cleo]) {
        await person.until(
          "the box",
          (wanted) => window.__coscope!.annotations().some(({ id }) => id === wanted),
          id,
        );
      }
      return { id, middle: point(x + 35, y + 25), corner: point(x + 70, y + 50) };
    }

    async function get(person: Person, id: string) {
      return (await person.annotations()).find((annotation) => annotation.id === id);
    }

    async function select(person: Person, id: string): Promise<void> {
      await person.key("v");
      await person.act("select", [id]);
    }

    async function dragCorner(person: Person, id: string, corner: XY, dx: number, dy: number): Promise<void> {
      await select(person, id);
      await person.drag(corner, { x: corner.x + dx, y: corner.y + dy });
    }

    async function told(person: Person, pattern: RegExp): Promise<void> {
      await expect
        .poll(async () => (await person.notices()).some((text) => pattern.test(text)), {
          timeout: 20_000,
          message: `${person.name} is told ${pattern}`,
        })
        .toBe(true);
    }

    async function takeCopy(person: Person): Promise<void> {
      await person.page.getByRole("button", { name: "Keep mine as a copy" }).first().click();
    }

    test("a reclass, a rename and a reshape at the same moment all survive", async () => {
      const { id, corner } = await sharedBox();
      await Promise.all([ada.offline(), ben.offline(), cleo.offline()]);
      await select(ada, id);
      await ada.key("3");
      await ben.act("relabel", id, "the odd one");
      await dragCorner(cleo, id, corner, 15, 12);
      const reshaped = (await get(cleo, id))!.bounds;
      await Promise.all([ada.online(), ben.online(), cleo.online()]);
      await converged(ada, ben, cleo);
      const third = await ada.page.evaluate(() => window.__coscope!.workspace.classes.get()[2]!.id);
      for (const person of [ada, ben, cleo]) {
        expect(await get(person, id)).toMatchObject({
          classId: third,
          label: "the odd one",
          bounds: reshaped,
        });
        expect(await person.notices()).toEqual([]);
      }
    });

    test("two reshapes at the same moment: one wins everywhere, the other person is told and keeps a copy", async () => {
      const { id, corner } = await sharedBox();
      const before = (await ada.annotations()).length;
      await Promise.all([ada.offline(), ben.offline()]);
      await dragCorner(ada, id, corner, 20, 0);
      await dragCorner(ben, id, corner, 0, 25);
      const shapes = { ada: (await get(ada, id))!.geometry, ben: (await get(ben, id))!.geometry };
      await Promise.all([ada.online(), ben.online()]);
      await converged(ada, ben, cleo);

      const shown = JSON.stringify((await get(cleo, id))!.geometry);
      const [loser, lost] =
        shown === JSON.stringify(shapes.ada) ? [ben, shapes.ben] : ([ada, shapes.ada] as const);
      expect([JSON.stringify(shapes.ada), JSON.stringify(shapes.ben)]).toContain(shown);
      await told(loser, /changed the outline of .* at the same moment/);
      expect(await (loser === ada ? ben : ada).notices()).toEqual([]);

      await takeCopy(loser);
      await converged(ada, ben, cleo);
      const all = await cleo.annotations();
      expect(all).toHaveLength(before + 1);
      expect(all.some((annotation) => JSON.stringify(annotation.geometry) === JSON.stringify(lost))).toBe(
        true,
      );
      expect(JSON.stringify((await get(cleo, id))!.geometry)).toBe(shown);
    });

    test("two moves at the same moment both count", async () => {
      const { id, middle } = await sharedBox();
      const { bounds } = (await get(ada, id))!;
      await Promise.all([ada.offline(), ben.offline()]);
      await select(ada, id);
      await ada.drag(middle, { x: middle.x + 12, y: middle.y });
      await select(ben, id);
      await ben.drag(middle, { x: middle.x, y: middle.y + 15 });
      const dx = (await get(ada, id))!.bounds.minX - bounds.minX;
      const dy = (await get(ben, id))!.bounds.minY - bounds.minY;
      await Promise.all([ada.online(), ben.online()]);
      await converged(ada, ben, cleo);
      await expect
        .poll(async () => (await get(cleo, id))!.bounds, {
          timeout: 20_000,
          message: "the sum of both moves",
        })
        .toMatchObject({ minX: bounds.minX + dx, minY: bounds.minY + dy });
      await converged(ada, ben, cleo);
      expect(await ada.notices()).toEqual([]);
      expect(await ben.notices()).toEqual([]);
    });

    test("removal wins over a reshape, and the reshaper is told and can keep a copy", async () => {
      const { id, corner } = await sharedBox();
      const before = (await ada.annotations()).length;
      await select(ada, id);
      await ada.key("1");
      await converged(ada, ben, cleo);
      const { classId } = (await get(ben, id))!;
      await Promise.all([ada.offline(), ben.offline()]);
      await select(ada, id);
      await ada.key("Delete");
      await dragCorner(ben, id, corner, 10, 10);
      const lost = (await get(ben, id))!.geometry;
      await Promise.all([ada.online(), ben.online()]);
      await converged(ada, ben, cleo);
      for (const person of [ada, ben, cleo]) expect(await get(person, id)).toBeUndefined();
      await told(ben, /removed .* while you were changing it/);
      await takeCopy(ben);
      await converged(ada, ben, cleo);
      const all = await cleo.annotations();
      expect(all).toHaveLength(before);
      const copy = all.find(({ geometry }) => JSON.stringify(geometry) === JSON.stringify(lost));
      expect(copy).toMatchObject({ classId });
    });

    test("undo leaves what a colleague has changed since, and says so", async () => {
      const { id, corner } = await sharedBox();
      await dragCorner(ada, id, corner, 10, 0);
      await converged(ada, ben, cleo);
      await dragCorner(ben, id, { x: corner.x + 10, y: corner.y }, 0, 10);
      await converged(ada, ben, cleo);
      const shape = (await get(ben, id))!.geometry;
      await ada.key("Control+z");
      await told(ada, /a colleague has changed/);
      await converged(ada, ben, cleo);
      expect((await get(cleo, id))!.geometry).toEqual(shape);
    });

    test("offline edits are counted, survive a reload of the page, and arrive after the reconnect", async () => {
      const before = (await ben.annotations()).length;
      await ada.offline();
      await ada.key("r");
      await ada.drag(point(-150, 100), point(-100, 150));
      await ada.drag(point(-60, 100), point(-10, 150));
      await ada.key(".");
      await ada.click(point(40, 130));
      await ada.until("three queued", () => {
        const saved = window.__coscope!.workspace.saved.get();
        return saved.kind === "offline" && saved.queued === 3;
      });
      expect(await ben.annotations()).toHaveLength(before);

      // The page comes back, the socket does not: the reload happens before anything was sent.
      await ada.page.reload();
      await ada.ready();
      await converged(ada, ben, cleo);
      await ben.until("Ada's work", (n) => window.__coscope!.annotations().length === n, before + 3);
      expect(await ada.page.evaluate(() => window.__coscope!.pending())).toBe(0);
    });
  });
}
