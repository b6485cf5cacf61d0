import { partsOf, rasterise } from "@coscope/annotations/shapes";
import { demoNuclei, type Nucleus } from "@coscope/sync-server/demo/index.ts";
import type { Page } from "playwright";
import { Person, type XY } from "../../e2e/support/person.ts";
import { openWorkplace, PLACE } from "../draw/workplace.ts";
import { lowerIsBetter, type Metric, quantile } from "../metric.ts";
import { SAM_BYTES } from "./wire.ts";

/** Image px between the places: no two share a region, not even one at half the resolution. */
const APART = 3000;
const FROM = { x: 20_000, y: 14_000 };
const ZOOM = 2;
/** What is looked at round a place, image px; wider than any nucleus. */
const REACH = 100;
const LEAST_IOU = 0.5;
/** Clicks closer than this in place and time are a double-click, which keeps. */
const APART_PX = 3;

interface Answer {
  /** From the button's release to the frame in which the outline stands, ms. */
  readonly ms: number;
  /** What the server said of the regions: "encoded", "cached", "joined". */
  readonly how: readonly string[];
}

/**
 * A click on the demo slide until its outline is on the screen, in the real page with the real server: where nobody was
 * before; where a colleague was; and where the page has read ahead.
 */
export async function clickScene(quick: boolean): Promise<Metric[]> {
  const place = await openWorkplace([]);
  try {
    const { person } = place;
    const sizes: number[] = [];
    const first = await session(person, sizes);
    const samples = { cold: [] as Answer[], cached: [] as Answer[], prefetched: [] as Answer[] };
    // The model is fetched and warm before anything is measured.
    await first.click(await first.visit(0));
    const count = quick ? 3 : 8;
    for (let i = 1; i <= count; i++) {
      const nucleus = await first.visit(i);
      samples.cold.push(await first.click(nucleus));
      for (const away of [-1, 1])
        samples.prefetched.push(await first.click({ x: nucleus.x + away * APART_PX, y: nucleus.y }));
      await outlined(person, nucleus);
    }
    const second = await session(await colleague(person), sizes);
    await second.click(await second.visit(0));
    for (let i = 1; i <= count; i++) samples.cached.push(await second.click(await second.visit(i)));
    checked("cold", samples.cold, (how) => how.includes("encoded"));
    checked("cached", samples.cached, (how) => how.length > 0 && !how.includes("encoded"));
    checked("prefetched", samples.prefetched, (how) => how.length === 0);
    const timed = (name: string, answers: readonly Answer[]) =>
      lowerIsBetter(
        `click → outline in Chromium, ${name}, p50`,
        Math.round(
          quantile(
            answers.map(({ ms }) => ms),
            0.5,
          ),
        ),
        null,
        "ms",
      );
    return [
      timed("nobody was there (read, encode, send, decode)", samples.cold),
      timed("a colleague was there (send, decode)", samples.cached),
      timed("read ahead (decode)", samples.prefetched),
      lowerIsBetter(
        "embedding of 1024² as Chromium received it, mean; peer: SAM's",
        Math.round(sizes.reduce((a, b) => a + b, 0) / sizes.length),
        SAM_BYTES,
        "bytes",
      ),
    ];
  } finally {
    await place.close();
  }
}

/** A browser of its own for the same guest: nothing in memory, nothing in the browser's cache. */
async function colleague({ context, page }: Person): Promise<Person> {
  const other = await context
    .browser()!
    .newContext({ viewport: page.viewportSize(), reducedMotion: "reduce" });
  await other.addCookies(await context.cookies());
  const person = new Person("Second", other, await other.newPage());
  // Not where the first one is by now: the tool reads ahead where it is picked.
  await person.page.goto(`${new URL(page.url()).origin}/#image=demo&at=${PLACE.cx},${PLACE.cy},${ZOOM}`);
  await person.ready();
  return person;
}

async function session(person: Person, sizes: number[]) {
  const { page } = person;
  let how: string[] = [];
  page.on("response", (response) => {
    const said = response.headers()["x-coscope-encode"];
    if (!said || response.status() !== 200) return;
    how.push(said);
    void response
      .request()
      .sizes()
      .then(({ responseBodySize }) => sizes.push(responseBodySize))
      .catch(() => {});
  });
  await page.evaluate(() => addEventListener("pointerup", () => performance.mark("released"), true));
  await person.key("s");
  await person.until("the tool", () => window.__coscope!.workspace.prompting.get() !== null);
  return {
    /** Goes to the i-th place; the nucleus that is next to its centre. */
    async visit(i: number): Promise<Nucleus> {
      // Away from the canvas: a pointer that rests would read ahead.
      await page.mouse.move(2, 2);
      const [x, y] = [FROM.x + (i % 5) * APART, FROM.y + Math.floor(i / 5) * APART];
      await page.evaluate(
        ([cx, cy, zoom]) => {
          const viewer = window.__coscope!.viewer()!;
          viewer.setCamera({ ...viewer.camera(), cx: cx!, cy: cy!, zoom: zoom! });
          return viewer.whenIdle();
        },
        [x, y, ZOOM],
      );
      return nearest(x, y);
    },
    async click(at: XY): Promise<Answer> {
      how = [];
      const shown = answered(page);
      await person.click(at);
      const ms = await shown;
      // Escape would leave the tool, which then reads ahead when the pointer comes back.
      await page.evaluate(() => window.__coscope!.workspace.prompting.get()!.drop());
      return { ms, how };
    },
  };
}

function nearest(x: number, y: number): Nucleus {
  const box = { minX: x - REACH, maxX: x + REACH, minY: y - REACH, maxY: y + REACH };
  const away = (n: Nucleus) => Math.hypot(n.x - x, n.y - y);
  const [nucleus] = demoNuclei()
    .nucleiIn(box)
    .sort((a, b) => away(a) - away(b));
  if (!nucleus) throw new Error(`There is no nucleus at ${x}, ${y}.`);
  return nucleus;
}

/** Keeps what a click there gives, compares it with the nucleus, and takes it back. */
async function outlined(person: Person, nucleus: Nucleus): Promise<void> {
  await person.click(nucleus);
  await person.key("Enter");
  await person.until("an annotation", () => window.__coscope!.annotations().length === 1);
  const [shape] = await person.annotations();
  const around = {
    x: Math.round(nucleus.x) - REACH,
    y: Math.round(nucleus.y) - REACH,
    width: 2 * REACH,
    height: 2 * REACH,
  };
  const ours = rasterise(partsOf(shape!.geometry), around).data;
  const truth = rasterise([[nucleus.outline]], around).data;
  const both = ours.reduce((n, v, i) => n + (v & truth[i]!), 0);
  const either = ours.reduce((n, v, i) => n + (v | truth[i]!), 0);
  if (both / either < LEAST_IOU)
    throw new Error(`At ${nucleus.x}, ${nucleus.y} the outline's IoU is ${both / either}.`);
  await person.key("Control+z");
  await person.until("no annotation", () => window.__coscope!.annotations().length === 0);
}

/** Resolves with the time from the release to the frame after the answer, ms. */
function answered(page: Page): Promise<number> {
  return page.evaluate(
    () =>
      new Promise<number>((resolve, reject) => {
        const { state } = window.__coscope!.workspace.prompting.get()!;
        performance.clearMarks("released");
        const stop = state.subscribe(() => {
          const { status, candidates } = state.get();
          if (status.kind !== "failed" && candidates === 0) return;
          stop();
          if (status.kind === "failed") return reject(new Error(status.text));
          // The frame that shows it has been handed over when the one after it begins.
          requestAnimationFrame(() =>
            requestAnimationFrame(() => {
              const released = performance.getEntriesByName("released").at(-1);
              if (!released) return reject(new Error("Nobody clicked."));
              resolve(performance.now() - released.startTime);
            }),
          );
        });
      }),
  );
}

function checked(name: string, answers: readonly Answer[], is: (how: readonly string[]) => boolean): void {
  for (const { how } of answers)
    if (!is(how)) throw new Error(`A click that was to be ${name} had its regions ${JSON.stringify(how)}.`);
}
