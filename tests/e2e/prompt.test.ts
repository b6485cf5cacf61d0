import { execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { partsOf, rasterise } from "@coscope/annotations/shapes";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createWorld, demo, type Person, type Scene, type Shown, type World } from "./harness.ts";
import { gestureCases } from "./prompt-gestures.case.ts";
import { privateCases } from "./prompt-private.case.ts";
import { repository } from "./support/build-page.ts";
import { modelRows, outlined, proposed } from "./support/outlining.ts";
import { shoot } from "./support/shoot.ts";
import { iouWith, readTruth, type TrueObject, type Truth } from "./support/truth.ts";

const data = join(process.env["COSCOPE_DATA"] ?? join(repository, "../shared/data"), "dsb2018");
const MOST = 36;
/** With room round the objects for what lies over the canvas. */
const VIEWPORT = { width: 900, height: 660 };

const slide: Scene = { ...demo, place: { cx: 30_000, cy: 20_000, zoom: 2 } };
const mosaic: Scene = {
  name: "mosaic of real images",
  imageName: "Mosaic",
  place: { cx: 400, cy: 400, zoom: 2 },
  prepare(dataDir) {
    const cli = join(repository, "apps/sync-server/src/cli/main.ts");
    for (const [kind, name] of [
      ["images", "Mosaic"],
      ["labels", "Truth"],
    ] as const) {
      const files = readdirSync(join(data, "images")).sort().slice(0, MOST);
      const paths = files.map((file) => join(data, kind, file));
      execFileSync(
        process.execPath,
        [cli, "import", ...paths, "--mosaic", "--name", name, "--data", dataDir],
        {
          stdio: ["ignore", "ignore", "inherit"],
        },
      );
    }
  },
};

function cases(
  scene: Scene,
  truthUrl: (world: World, person: Person) => Promise<string>,
  least: number,
): void {
  describe(scene.name, () => {
    let world: World;
    let ada: Person;
    let ben: Person;
    let truth: Truth;
    /** Of a fair size, and where nothing lies over them: neither the map nor the bar of the tool, however tall it grows. */
    let objects: readonly TrueObject[];

    beforeAll(async () => {
      world = await createWorld({ scene });
      [ada, ben] = await Promise.all([world.join("Ada", { viewport: VIEWPORT }), world.join("Ben")]);
      const { cx, cy, zoom } = scene.place;
      const [width, height] = [600 / zoom, 380 / zoom];
      const cookies = await ada.context.cookies();
      const rect = { x: Math.round(cx - width / 2), y: Math.round(cy - height / 2), width, height };
      const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join("; ");
      truth = await readTruth(await truthUrl(world, ada), rect, cookie);
      await ada.page.getByRole("button", { name: "No more first steps" }).click();
      // In one piece: where images of the mosaic meet, two may share a label.
      const isWhole = ({ area, bounds: b }: TrueObject) => area > 0.4 * (b.maxX - b.minX) * (b.maxY - b.minY);
      const large = truth.objects.filter((one) => one.area > 80 && isWhole(one));
      const free = await Promise.all(large.map((one) => isFree(ada, one)));
      objects = large.filter((_, i) => free[i]);
      expect(objects.length).toBeGreaterThan(3);
    });

    afterAll(() => world?.close());

    const pixels = ({ geometry }: Pick<Shown, "geometry">) => rasterise(partsOf(geometry), truth).data;
    const iou = (one: TrueObject, shown: Pick<Shown, "geometry">) => iouWith(truth, one.label, pixels(shown));

    test("a click proposes, a colleague sees the ghost, Enter keeps it with how it came to be", async () => {
      const one = objects[0]!;
      await ada.key("s");
      await ada.click(one);
      await proposed(ada);
      await shoot(ada.page, `prompt-${scene.imageName}-proposal`);
      await ben.until("Ada's ghost", () => window.__coscope!.peers().some(({ ghost }) => ghost !== null));
      await ada.key("Enter");
      const [kept] = await outlined(ben, 1);
      expect(kept!.geometry.kind).toBe("polygon");
      expect(iou(one, kept!)).toBeGreaterThan(least);
      const [model] = await modelRows(ada);
      const { z, t } = await ada.page.evaluate(() => window.__coscope!.workspace.plane.get());
      const visible = await ada.page.evaluate(() =>
        window.__coscope!.workspace.channels.get().flatMap((channel, i) => (channel.visible ? [i] : [])),
      );
      expect(kept!.provenance).toEqual({
        kind: "model",
        model: model!.id,
        sha256: { encoder: model!.encoder.sha256, decoder: model!.decoder.sha256 },
        prompts: [{ kind: "point", x: expect.closeTo(one.x, 0), y: expect.closeTo(one.y, 0), inside: true }],
        region: { scale: expect.any(Number), x: expect.any(Number), y: expect.any(Number) },
        plane: { z, t },
        channels: visible,
        score: expect.any(Number),
        at: expect.stringMatching(/^20\d\d-.*Z$/),
      });
      const { region, score } = kept!.provenance as unknown as {
        region: { scale: number; x: number; y: number };
        score: number;
      };
      for (const axis of ["x", "y"] as const) {
        const at = one[axis] * region.scale - region[axis];
        expect(at).toBeGreaterThan(0);
        expect(at).toBeLessThan(1024);
      }
      expect(score).toBeGreaterThan(0.3);
      expect(score).toBeLessThanOrEqual(1);
      await ben.until("no ghost", () => window.__coscope!.peers().every(({ ghost }) => ghost === null));
    });

    test("on several objects the mean IoU holds; each is one undo", async () => {
      const several = objects.slice(1, 6);
      for (const [k, one] of several.entries()) {
        await ada.click(one);
        await proposed(ada);
        await ada.key("Enter");
        await outlined(ben, 2 + k);
      }
      const all = await ben.annotations();
      const best = several.map((one) => Math.max(...all.map((shown) => iou(one, shown))));
      expect(best.reduce((a, b) => a + b, 0) / best.length).toBeGreaterThan(least);
      for (const _ of several) await ada.key("Control+z");
      await outlined(ben, 1);
    });

    test("clicks on what is wrong make it better", async () => {
      const ghost = (name: string) =>
        ben.page.evaluate(
          (who) => window.__coscope!.peers().find(({ user }) => user.name === who)?.ghost?.geometry ?? null,
          name,
        );
      let before = 0;
      let after = 0;
      for (const one of objects.slice(0, 4)) {
        await ada.click(one);
        await proposed(ada);
        await expect.poll(() => ghost("Ada")).not.toBeNull();
        const first = (await ghost("Ada"))!;
        const wrong = worstPlace(truth, one.label, pixels({ geometry: first }));
        before += iou(one, { geometry: first });
        await ada.click(wrong, wrong.inside ? {} : { modifiers: ["Alt"] });
        await expect
          .poll(async () => JSON.stringify(await ghost("Ada")) === JSON.stringify(first))
          .toBe(false);
        after += iou(one, { geometry: (await ghost("Ada"))! });
        await ada.key("Escape");
        await expect.poll(() => ghost("Ada")).toBeNull();
      }
      expect(after).toBeGreaterThan(before);
    });

    test("with one area selected, clicks correct it; it stays the same annotation", async () => {
      const round = (o: TrueObject) =>
        o.area / ((o.bounds.maxX - o.bounds.minX) * (o.bounds.maxY - o.bounds.minY));
      const one = [...objects.slice(1)].sort((a, b) => round(b) - round(a))[0]!;
      const { minX, minY, maxX, maxY } = one.bounds;
      const middle = (minX + maxX) / 2;
      const counted = (await ben.annotations()).length;
      await ada.key("r");
      await ada.drag({ x: minX, y: minY }, { x: middle, y: maxY });
      const drawn = (await outlined(ben, counted + 1)).find(({ geometry }) => geometry.kind === "rectangle")!;
      await ada.act("select", [drawn.id]);
      await ada.key("s");
      await ada.click({ x: middle + (maxX - middle) / 2, y: (minY + maxY) / 2 });
      await proposed(ada);
      await ada.key("Enter");
      const find = async () => (await ben.annotations()).find(({ id }) => id === drawn.id)!;
      await expect.poll(async () => (await find()).geometry.kind).toBe("polygon");
      expect(iou(one, await find())).toBeGreaterThan(iou(one, drawn) + 0.1);
      const model = { kind: "model", prompts: [{ kind: "point", inside: true }], corrects: null };
      await expect.poll(async () => (await find()).provenance).toMatchObject(model);
      await ada.key("Control+z");
      await expect.poll(async () => (await find()).geometry.kind).toBe("rectangle");
      await expect.poll(async () => (await find()).provenance).toBeUndefined();
      await ada.key("Control+z");
      await outlined(ben, counted);
    });

    test("everything in view: proposed, kept together, undone together", async () => {
      const counted = (await ben.annotations()).length;
      const found = () => regionOf(ada);
      await stopWhenSearching(ada);
      await ada.key("Shift+S");
      await expect.poll(() => ada.page.evaluate(() => window.__seen)).toContain("stopped");
      expect(await found()).toBeNull();
      await ada.key("Shift+S");
      await expect.poll(async () => (await found())?.kind, { timeout: 90_000 }).toBe("review");
      const seen = await ada.page.evaluate(() => window.__seen!);
      // The first search was stopped while it ran; the second one told how far it was.
      expect(seen.filter((kind) => kind === "review")).toHaveLength(1);
      expect(seen.filter((kind) => /^[1-9]/.test(kind)).length).toBeGreaterThan(1);
      const slider = ada.page.getByRole("slider", { name: "How sure suggestions must be" });
      const shownAt = async (key: string) => {
        await slider.press(key);
        return ((await found()) as { shown: number }).shown;
      };
      const all = await shownAt("Home");
      const sure = await shownAt("End");
      expect(sure).toBeLessThan(all);
      for (let i = 0; i < 6; i++) await slider.press("PageDown");
      await shoot(ada.page, `prompt-${scene.imageName}-everything`);
      const { shown, leftOut } = (await found()) as { shown: number; leftOut: number };
      expect(shown).toBeGreaterThan(1);
      expect(leftOut).toBeGreaterThan(0);
      await ada.page.getByRole("button", { name: "Keep all" }).click();
      const kept = await outlined(ben, counted + shown);
      const hit = objects.filter((one) => kept.some((shape) => iou(one, shape) > 0.5));
      expect(hit.length / objects.length).toBeGreaterThan(0.5);
      await shoot(ben.page, `prompt-${scene.imageName}-kept`);
      await ada.key("Control+z");
      await outlined(ben, counted);
    });

    if (scene !== slide) return;
    gestureCases({ ada: () => ada, ben: () => ben, objects: () => objects, iou });
    privateCases({ world: () => world, object: () => objects[0]!, where: { viewport: VIEWPORT } });
  });
}

/** CSS px of the page. */
const TALLEST_BAR = 150;

async function isFree(person: Person, one: TrueObject): Promise<boolean> {
  const at = await person.at(one);
  if (at.y < TALLEST_BAR) return false;
  return person.page.evaluate(({ x, y }) => document.elementFromPoint(x, y)?.closest(".canvas") != null, at);
}

declare global {
  interface Window {
    /** What a search came to, and how far it was. */
    __seen?: string[];
  }
}

const regionOf = (person: Person) =>
  person.page.evaluate(() => window.__coscope!.workspace.prompting.get()!.state.get().region);

/** Presses "Stop" once, as soon as it is there. */
async function stopWhenSearching(person: Person): Promise<void> {
  await person.page.evaluate(() => {
    const { state } = window.__coscope!.workspace.prompting.get()!;
    const seen: string[] = [];
    window.__seen = seen;
    const press = () => {
      const stop = [...document.querySelectorAll("button")].find((one) => one.textContent === "Stop");
      if (!stop) return;
      watch.disconnect();
      stop.click();
      seen.push(state.get().region === null ? "stopped" : "went on");
    };
    const watch = new MutationObserver(press);
    watch.observe(document.body, { childList: true, subtree: true });
    state.subscribe(() => {
      const { region } = state.get();
      const now = region?.kind === "searching" ? `${region.done}` : (region?.kind ?? "none");
      if (seen.at(-1) !== now) seen.push(now);
    });
  });
}

/** The most interior place of what shape and object do not share. */
function worstPlace(
  truth: Truth,
  label: number,
  data: Uint8Array,
): { x: number; y: number; inside: boolean } {
  const { width } = truth;
  const wrong = (i: number) => (truth.labels[i] === label ? 1 : 0) !== data[i];
  let best = 0;
  let most = -1;
  for (let i = 0; i < data.length; i++) {
    if (!wrong(i)) continue;
    let r = 0;
    while ([r, -r, r * width, -r * width].every((d) => wrong(i + d))) r++;
    if (r > most) [most, best] = [r, i];
  }
  return {
    x: truth.x + (best % width) + 0.5,
    y: truth.y + Math.floor(best / width) + 0.5,
    inside: truth.labels[best] === label,
  };
}

cases(slide, async (world) => `${world.server.url}/demo/slide.zarr/labels/nuclei`, 0.7);

describe.skipIf(!existsSync(join(data, "labels")))("with COSCOPE_DATA", () => {
  cases(
    mosaic,
    async (world, person) => {
      const rows = (await (await person.context.request.get(`${world.server.url}/api/images`)).json()) as {
        name: string;
        url: string;
      }[];
      return new URL(rows.find(({ name }) => name === "Truth")!.url, world.server.url).href;
    },
    0.7,
  );
});
