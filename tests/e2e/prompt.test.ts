import { execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { partsOf, rasterise } from "@coscope/annotations/shapes";
import type { Request } from "playwright";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createWorld, demo, type Person, type Scene, type Shown, type World } from "./harness.ts";
import { repository } from "./support/build-page.ts";
import { clickTried } from "./support/outlining.ts";
import { shoot } from "./support/shoot.ts";
import { iouWith, readTruth, type TrueObject, type Truth } from "./support/truth.ts";

const data = join(process.env["COSCOPE_DATA"] ?? join(repository, "../shared/data"), "dsb2018");
const MOST = 36;

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
    /** Of a fair size, and apart from the window's rim and the bar with the tool's options. */
    let objects: readonly TrueObject[];

    beforeAll(async () => {
      world = await createWorld({ scene });
      [ada, ben] = await Promise.all([world.join("Ada"), world.join("Ben")]);
      const { cx, cy, zoom } = scene.place;
      const [width, height] = [480 / zoom, 300 / zoom];
      const cookies = await ada.context.cookies();
      const rect = { x: Math.round(cx - width / 2), y: Math.round(cy - height / 2), width, height };
      const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join("; ");
      truth = await readTruth(await truthUrl(world, ada), rect, cookie);
      objects = truth.objects.filter(({ area }) => area > 80);
      expect(objects.length).toBeGreaterThan(2);
    });

    afterAll(() => world?.close());

    const pixels = ({ geometry }: Pick<Shown, "geometry">) => rasterise(partsOf(geometry), truth).data;
    const iou = (one: TrueObject, shown: Pick<Shown, "geometry">) => iouWith(truth, one.label, pixels(shown));

    async function proposed(person: Person): Promise<void> {
      await person.until("an answer", () => {
        const now = window.__coscope!.workspace.prompting.get()?.state.get();
        if (now?.status.kind === "failed") throw new Error(now.status.text);
        return (now?.candidates ?? 0) > 0;
      });
    }

    async function outlined(person: Person, count: number): Promise<Shown[]> {
      await person.until(`${count} annotations`, (n) => window.__coscope!.annotations().length === n, count);
      return person.annotations();
    }

    test("hover previews, a click proposes, a colleague sees the ghost, Enter keeps it", async () => {
      const one = objects[0]!;
      await ada.key("s");
      const { x, y } = await ada.at(one);
      await ada.page.mouse.move(x, y);
      await ada.page.mouse.move(x + 1, y);
      await ada.click(one);
      await proposed(ada);
      await shoot(ada.page, `prompt-${scene.imageName}-proposal`);
      await ben.until("Ada's ghost", () => window.__coscope!.peers().some(({ ghost }) => ghost !== null));
      await ada.key("Enter");
      const [kept] = await outlined(ben, 1);
      expect(kept!.geometry.kind).toBe("polygon");
      expect(iou(one, kept!)).toBeGreaterThan(least);
      expect(kept!.provenance).toMatchObject({ kind: "model", prompts: [{ kind: "point", inside: true }] });
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
      await ada.key("Control+z");
      await expect.poll(async () => (await find()).geometry.kind).toBe("rectangle");
      await ada.key("Control+z");
      await outlined(ben, counted);
    });

    test("everything in view: proposed, kept together, undone together", async () => {
      const counted = (await ben.annotations()).length;
      await ada.key("Shift+S");
      await ada.until(
        "suggestions",
        () => window.__coscope!.workspace.prompting.get()?.state.get().region?.kind === "review",
      );
      await shoot(ada.page, `prompt-${scene.imageName}-everything`);
      const region = await ada.page.evaluate(
        () => window.__coscope!.workspace.prompting.get()!.state.get().region,
      );
      const { shown, leftOut } = region as { shown: number; leftOut: number };
      expect(shown).toBeGreaterThan(1);
      expect(leftOut).toBeGreaterThan(0);
      await ada.page.getByRole("button", { name: "Keep all" }).click();
      const all = await outlined(ben, counted + shown);
      const hit = objects.filter((one) => all.some((shape) => iou(one, shape) > 0.5));
      expect(hit.length / objects.length).toBeGreaterThan(0.5);
      await shoot(ben.page, `prompt-${scene.imageName}-kept`);
      await ada.key("Control+z");
      await outlined(ben, counted);
    });

    if (scene === slide)
      privateCases(
        () => world,
        () => objects[0]!,
        outlined,
        proposed,
      );
  });
}

function privateCases(
  world: () => World,
  object: () => TrueObject,
  outlined: (person: Person, count: number) => Promise<Shown[]>,
  proposed: (person: Person) => Promise<void>,
): void {
  async function again(person: Person): Promise<void> {
    await person.page.reload();
    await person.ready();
    await person.key("s");
  }

  const tried = (person: Person) => clickTried(person, object());

  test("what is missing is said, and what can be done; private mode asks the server for no region", async () => {
    const cleo = await world().join("Cleo", {
      view: `&at=${slide.place.cx},${slide.place.cy},${slide.place.zoom}`,
    });
    const { page } = cleo;
    const counted = (await cleo.annotations()).length;
    await page.route("**/files/decoder.onnx?*", (route) => route.fulfill({ status: 404, json: {} }));
    await cleo.key("s");
    await expect.poll(() => tried(cleo), { timeout: 40_000 }).toMatch(/model’s file|model's file/);
    await page.unroute("**/files/decoder.onnx?*");
    await again(cleo);

    await page.route("**/embeddings?*", (route) => route.fulfill({ status: 503, json: {} }));
    await expect.poll(() => tried(cleo), { timeout: 40_000 }).toMatch(/does not read regions/);
    await shoot(page, "prompt-failure");
    await page.unroute("**/embeddings?*");
    await page.getByRole("button", { name: "Read it here (private)" }).click();
    await cleo.key("r");

    // From here on: the page again, as private as it was left.
    const asked: Request[] = [];
    page.on("request", (request) => asked.push(request));
    await page.reload();
    await cleo.ready();
    await cleo.key("s");
    await cleo.click(object());
    await proposed(cleo);
    await cleo.key("Enter");
    await outlined(cleo, counted + 1);
    const state = await page.evaluate(() => window.__coscope!.workspace.prompting.get()!.state.get());
    expect(state).toMatchObject({ private: true });
    const urls = asked.map((request) => request.url());
    expect(urls.some((url) => url.includes("/files/encoder.onnx"))).toBe(true);
    expect(urls.filter((url) => /embeddings|statistics|api\/encoder/.test(url))).toEqual([]);
    // Nothing larger than a command goes out either.
    expect(asked.filter((request) => (request.postDataBuffer()?.length ?? 0) > 20_000)).toEqual([]);
    await cleo.key("Control+z");
    await outlined(cleo, counted);
  });

  test("in the isolated page the model runs in threads; who has another contrast shares the encode", async () => {
    const dora = await world().join("Dora", {
      view: `&at=${slide.place.cx},${slide.place.cy},${slide.place.zoom}`,
    });
    await dora.page.evaluate(() => {
      const { channels, actions } = window.__coscope!.workspace;
      actions.setChannels(channels.get().map((c) => ({ ...c, min: c.min + 5, max: c.max * 0.6 })));
    });
    const how: string[] = [];
    dora.page.on("response", (response) => {
      const said = response.headers()["x-coscope-encode"];
      if (said && response.url().includes("for=click")) how.push(said);
    });
    await dora.key("s");
    await dora.click(object());
    await proposed(dora);
    const state = await dora.page.evaluate(() => ({
      isolated: crossOriginIsolated,
      threads: window.__coscope!.workspace.prompting.get()!.state.get().threads,
    }));
    expect(state.isolated).toBe(true);
    expect(state.threads).toBeGreaterThan(1);
    // Ada's clicks had it encoded before.
    expect(how).not.toContain("encoded");
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
