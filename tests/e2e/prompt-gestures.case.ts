import { expect, test } from "vitest";
import type { Person, Shown } from "./harness.ts";
import { outlined, outliningState, proposed } from "./support/outlining.ts";
import type { TrueObject } from "./support/truth.ts";

interface Drawn {
  readonly geometry: Shown["geometry"];
  readonly color: number;
  readonly dashed?: boolean;
}

declare global {
  interface Window {
    /** What the tool had drawn last. */
    __drawn?: readonly Drawn[];
  }
}

const OUTSIDE = 0xe8591c;

export interface GestureOptions {
  ada(): Person;
  ben(): Person;
  objects(): readonly TrueObject[];
  iou(one: TrueObject, shown: Pick<Shown, "geometry">): number;
}

/** The gestures of the tool for prompts: real mouse, real keys, and what is on the screen after each. */
export function gestureCases({ ada, ben, objects, iou }: GestureOptions): void {
  /** An object that nobody has outlined. */
  const one = () => objects()[1]!;
  const drawn = () => ada().page.evaluate(() => window.__drawn!);
  const outline = async (dashed: boolean) =>
    (await drawn()).find(({ geometry, ...how }) => geometry.kind === "polygon" && !!how.dashed === dashed);
  const outside = async () =>
    (await drawn()).filter(({ geometry, color }) => geometry.kind === "point" && color === OUTSIDE).length;
  const ghosts = () =>
    ben().page.evaluate(() => window.__coscope!.peers().filter(({ ghost }) => ghost !== null).length);

  test("a pointer at rest previews; pressed, the outline is there before the button is up", async () => {
    const { page } = ada();
    await page.evaluate(() => {
      const { overlay } = window.__coscope!.viewer()!;
      const draw = overlay.setDrafts.bind(overlay);
      overlay.setDrafts = (shapes) => {
        window.__drawn = shapes as typeof window.__drawn & object;
        draw(shapes);
      };
    });
    await ada().key("s");
    const { x, y } = await ada().at(one());
    await page.mouse.move(x - 1, y);
    await page.mouse.move(x, y);
    await expect.poll(() => outline(true), { timeout: 20_000 }).toBeTruthy();
    expect(iou(one(), (await outline(true))!)).toBeGreaterThan(0.6);
    expect(await outliningState(ada())).toMatchObject({ proposed: false, candidates: 0 });

    await page.mouse.down();
    await expect.poll(() => outline(false), { timeout: 20_000 }).toBeTruthy();
    const pressed = (await outline(false))!;
    expect(await outliningState(ada())).toMatchObject({ proposed: false });
    expect(await ghosts()).toBe(0);
    await page.mouse.up();
    await proposed(ada());
    expect((await outline(false))!.geometry).toEqual(pressed.geometry);
    await expect.poll(ghosts).toBe(1);
  });

  test("the right button excludes, Backspace takes that back, Tab shows another reading, Escape discards", async () => {
    const { page } = ada();
    const first = (await outline(false))!;
    const { minX, minY, maxY } = one().bounds;
    const left = await ada().at({ x: minX + 2, y: (minY + maxY) / 2 });
    await page.mouse.click(left.x, left.y, { button: "right" });
    await expect.poll(outside).toBe(1);
    expect(await page.getByRole("menu").count()).toBe(0);
    await expect.poll(async () => JSON.stringify(await outline(false))).not.toBe(JSON.stringify(first));
    await ada().key("Backspace");
    await expect.poll(outside).toBe(0);
    await expect.poll(async () => JSON.stringify(await outline(false))).toBe(JSON.stringify(first));
    await ada().key("Escape");
    await expect.poll(() => outline(false)).toBeUndefined();
    await expect.poll(ghosts).toBe(0);

    // Of most objects there is one reading only: the first that has more. Not the one of the press before, which was a
    // moment ago: it would be a double-click there.
    for (const other of objects().slice(2)) {
      await ada().click(other);
      await proposed(ada());
      if ((await outliningState(ada())).candidates > 1) break;
      await ada().key("Escape");
    }
    const { candidates } = await outliningState(ada());
    expect(candidates).toBeGreaterThan(1);
    const best = (await outline(false))!;
    await ada().key("Tab");
    expect(await outliningState(ada())).toMatchObject({ candidate: 1 });
    expect((await outline(false))!.geometry).not.toEqual(best.geometry);
    for (let i = 1; i < candidates; i++) await ada().key("Tab");
    expect((await outline(false))!.geometry).toEqual(best.geometry);
    expect(await page.evaluate(() => document.activeElement?.classList.contains("canvas"))).toBe(true);
    await ada().key("Escape");
  });

  test("a box round an object outlines it; a double-click outlines and keeps", async () => {
    const { page } = ada();
    const counted = (await ada().annotations()).length;
    const { minX, minY, maxX, maxY } = one().bounds;
    await ada().drag({ x: minX - 2, y: minY - 2 }, { x: maxX + 2, y: maxY + 2 });
    await proposed(ada());
    expect(iou(one(), (await outline(false))!)).toBeGreaterThan(0.7);
    await ada().key("Enter");
    const boxed = (await outlined(ben(), counted + 1)).at(-1)!;
    expect(boxed.provenance).toMatchObject({ prompts: [{ kind: "box" }] });
    await ada().key("Control+z");
    await outlined(ben(), counted);

    const { x, y } = await ada().at(one());
    await page.mouse.dblclick(x, y);
    const kept = (await outlined(ben(), counted + 1)).find((shape) => iou(one(), shape) > 0.6);
    expect(kept?.provenance).toMatchObject({ prompts: [{ kind: "point", inside: true }] });
    await ada().key("Control+z");
    await outlined(ben(), counted);
  });
}
