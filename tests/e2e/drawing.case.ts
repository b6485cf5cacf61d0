import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  converged,
  createWorld,
  type Person,
  type Scene,
  type Shown,
  type World,
  type XY,
} from "./harness.ts";

/** What each tool does appears at the colleague's, and undo touches one's own work only. */
export function drawingCases(scene: Scene): void {
  describe(scene.name, () => {
    let world: World;
    let ada: Person;
    let ben: Person;

    beforeAll(async () => {
      world = await createWorld({ scene });
      [ada, ben] = await Promise.all([world.join("Ada"), world.join("Ben")]);
    });

    afterAll(() => world?.close());

    /** A point of the image, from the middle of everybody's window. */
    function point(dx: number, dy: number): XY {
      return { x: scene.place.cx + dx, y: scene.place.cy + dy };
    }

    /** Waits until the other page shows that many annotations, and returns them. */
    async function seenBy(person: Person, count: number): Promise<Shown[]> {
      await person.until(`${count} annotations`, (n) => window.__coscope!.annotations().length === n, count);
      return person.annotations();
    }

    async function seenWhere(
      person: Person,
      what: string,
      condition: (all: Shown[]) => boolean,
    ): Promise<Shown[]> {
      await expect
        .poll(async () => condition(await person.annotations()), { timeout: 30_000, message: what })
        .toBe(true);
      return person.annotations();
    }

    test("what each tool draws appears at the colleague's", async () => {
      await ada.key(".");
      await ada.click(point(-200, -100));
      const [dot] = await seenBy(ben, 1);
      expect(dot!.geometry).toMatchObject({ kind: "point" });
      expect((dot!.geometry as unknown as XY).x).toBeCloseTo(scene.place.cx - 200, -1);

      await ben.key("r");
      await ben.drag(point(-100, -100), point(-20, -40));
      const box = (await seenBy(ada, 2)).find(({ geometry }) => geometry.kind === "rectangle")!;
      expect(box.geometry).toMatchObject({ kind: "rectangle", rotation: 0 });
      expect(box.bounds.maxX - box.bounds.minX).toBeCloseTo(80, -1);

      await ada.key("p");
      await ada.click(point(40, -100));
      await ada.click(point(140, -100));
      await ada.click(point(140, -20));
      await ada.click(point(40, -20));
      await ada.page.keyboard.press("Enter");
      const polygon = (await seenBy(ben, 3)).find(({ geometry }) => geometry.kind === "polygon")!;
      expect(polygon.geometry).toMatchObject({ parts: [[{ length: 8 }]] });
      await converged(ada, ben);
    });

    test("a double-click closes a polygon, Backspace takes a corner back, Escape discards", async () => {
      await ben.key("p");
      await ben.click(point(-200, 60));
      await ben.click(point(-120, 60));
      await ben.click(point(-60, 160));
      await ben.page.keyboard.press("Backspace");
      const { x, y } = await ben.at(point(-160, 130));
      await ben.page.mouse.dblclick(x, y);
      const all = await seenBy(ada, 4);
      const triangle = all.find(
        ({ author, geometry }) => author !== all[0]!.author && geometry.kind === "polygon",
      )!;
      expect(triangle.geometry).toMatchObject({ parts: [[{ length: 6 }]] });

      await ben.click(point(0, 100));
      await ben.click(point(60, 100));
      await ben.page.keyboard.press("Escape");
      await ben.page.keyboard.press("Enter");
      expect(await ben.annotations()).toHaveLength(4);
    });

    test("moving, reshaping, adding and removing a corner", async () => {
      await ada.key("v");
      await ada.click(point(90, -60));
      await ada.drag(point(90, -60), point(90, -30));
      const moved = await seenWhere(ben, "the polygon has moved", (all) =>
        all.some(
          ({ geometry, bounds }) =>
            geometry.kind === "polygon" && Math.abs(bounds.minY - (scene.place.cy - 70)) < 3,
        ),
      );
      const id = moved.find(({ bounds }) => Math.abs(bounds.minY - (scene.place.cy - 70)) < 3)!.id;

      await ada.drag(point(140, 10), point(180, 40));
      await seenWhere(
        ben,
        "a corner was dragged",
        (all) => Math.abs(boundsOf(all, id).maxX - (scene.place.cx + 180)) < 3,
      );

      await ada.click(point(90, -70));
      await seenWhere(ben, "a corner was added", (all) => cornersOf(all, id) === 5);
      await ada.click(point(40, -70), { modifiers: ["Alt"] });
      await seenWhere(ben, "a corner was removed", (all) => cornersOf(all, id) === 4);
      await converged(ada, ben);
    });

    test("class, name, duplicate, delete, undo and redo", async () => {
      const before = await ada.annotations();
      await ada.key("v");
      await ada.click(point(-60, -70));
      const [id] = await ada.page.evaluate(() => [...window.__coscope!.workspace.selection.get()]);
      await ada.page.keyboard.press("2");
      const second = await ada.page.evaluate(() => window.__coscope!.workspace.classes.get()[1]!.id);
      await seenWhere(ben, "the class", (all) => all.find((a) => a.id === id)!.classId === second);
      await ada.act("relabel", id!, "first box");
      await seenWhere(ben, "the name", (all) => all.find((a) => a.id === id)!.label === "first box");

      await ada.key("Control+d");
      await seenBy(ben, before.length + 1);
      await ada.page.keyboard.press("Delete");
      await seenBy(ben, before.length);
      await ada.key("Control+z");
      await seenBy(ben, before.length + 1);
      await ada.key("Control+z");
      await seenBy(ben, before.length);
      await ada.key("Control+Shift+z");
      await seenBy(ben, before.length + 1);
      await ada.key("Control+z");
      await seenBy(ben, before.length);
      await converged(ada, ben);
    });

    test("a gesture in progress is seen as a ghost, and its annotation is not started on by others", async () => {
      await ada.key("Escape");
      await ada.key("v");
      await ada.click(point(-60, -70));
      const editing = (await ada.page.evaluate(() => [...window.__coscope!.workspace.selection.get()]))[0]!;
      await ada.press(point(-60, -70));
      await ada.moveTo(point(-60, -60));
      await ben.key("v");
      await ben.until(
        "Ada's ghost",
        (id) => window.__coscope!.peers().some(({ ghost, editing }) => ghost !== null && editing?.id === id),
        editing,
      );
      await ben.click(point(-60, -70));
      await ben.press(point(-60, -70));
      await ben.moveTo(point(-30, -50));
      await ben.page.mouse.up();
      await ben.until("being told", () =>
        window.__coscope!.workspace.notices.get().some(({ text }) => text.startsWith("Ada is changing this")),
      );
      await ada.page.mouse.up();
      await seenWhere(
        ben,
        "Ada's move only",
        (all) => Math.abs(boundsOf(all, editing).minY - (scene.place.cy - 90)) < 3,
      );
      await converged(ada, ben);
    });

    test("undoing everything leaves exactly the colleague's work", async () => {
      const author = await ben.page.evaluate(() => window.__coscope!.workspace.user.get().id);
      for (let i = 0; i < 60; i += 1) {
        const can = await ada.page.evaluate(() => window.__coscope!.workspace.undo.get().canUndo);
        if (!can) break;
        await ada.act("undo");
      }
      await converged(ada, ben);
      const left = await ben.annotations();
      expect(left.map((a) => a.author)).toEqual([author, author]);
      // Ada had given Ben's box a class and a name and moved it: all of that is back as Ben left it.
      expect(left.find(({ geometry }) => geometry.kind === "rectangle")).toMatchObject({
        classId: null,
        label: "",
      });
    });

    function boundsOf(all: Shown[], id: string) {
      return all.find((a) => a.id === id)!.bounds;
    }

    function cornersOf(all: Shown[], id: string): number {
      const { geometry } = all.find((a) => a.id === id)!;
      return geometry.kind === "polygon" ? geometry.parts[0]![0]!.length / 2 : 0;
    }
  });
}
