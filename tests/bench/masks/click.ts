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
const ZOOM = 1;
/** What is looked at round a place, image px; wider than any nucleus. */
const REACH = 100;
const MOST_RIGHT = 15;
const LEAST_IOU = 0.5;
/** For the first of what a resting pointer asks for, and then for the second. */
const PATIENCE_MS = 5_000;
const QUIET_MS = 2_000;
const UNPACKED_MS = 250;
/** How long people hold the button of a click, ms. */
const HELD_MS = 80;
/**
 * Where regions give way to their neighbours, image px, of the full resolution and enlarged: the page reads ahead what
 * lies under the middle of the screen, and where nothing is to be read ahead the click lies beyond that.
 */
const BORDER = { first: 768, each: 512, before: 60, after: 220 };

interface Answer {
  /** From the button going down to the frame in which the outline stands, ms. */
  readonly pressed: number;
  /** The same from its release, which is 80 ms later; 0 where it stood before. */
  readonly released: number;
  /** What the server said of the regions: "encoded", "cached", "joined". */
  readonly how: readonly string[];
}

/**
 * A click on the demo slide until its outline is on the screen, in the real page with the real server: where nobody was
 * before; where a colleague was; and where nobody clicked, but the pointer rested until the page had read ahead. The
 * button is held as long as people hold it.
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
      await outlined(person, nucleus);
    }
    for (let i = count + 1; i <= 2 * count; i++) {
      const nucleus = await first.visit(i);
      await first.rest(nucleus);
      samples.prefetched.push(await first.click(nucleus));
    }
    const second = await session(await colleague(person), sizes);
    await second.click(await second.visit(0));
    for (let i = 1; i <= count; i++) samples.cached.push(await second.click(await second.visit(i)));
    checked("cold", samples.cold, (how) => how.includes("encoded"));
    checked("cached", samples.cached, (how) => how.length > 0 && !how.includes("encoded"));
    checked("prefetched", samples.prefetched, (how) => how.length === 0);
    const median = (values: readonly number[]) => Math.round(quantile(values, 0.5));
    const timed = (name: string, answers: readonly Answer[]) => [
      lowerIsBetter(
        `button down → outline in Chromium, ${name}, p50`,
        median(answers.map(({ pressed }) => pressed)),
        null,
        "ms",
      ),
      lowerIsBetter(
        `button up ${HELD_MS} ms later → outline, ${name}, p50 (0: it stood before)`,
        median(answers.map(({ released }) => released)),
        null,
        "ms",
      ),
    ];
    return [
      ...timed("nobody was there (read, encode, send, decode)", samples.cold),
      ...timed("a colleague was there (send, decode)", samples.cached),
      ...timed("the pointer rested there (decode)", samples.prefetched),
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
    // What is read ahead under the middle of the screen is beyond the click.
    const purpose = new URL(response.url()).searchParams.get("for");
    if (purpose !== "prefetch") how.push(said);
    void response
      .request()
      .sizes()
      .then(({ responseBodySize }) => sizes.push(responseBodySize))
      .catch(() => {});
  });
  await page.evaluate(() => {
    for (const [event, name] of [
      ["pointerdown", "pressed"],
      ["pointerup", "released"],
    ] as const)
      addEventListener(event, ({ timeStamp }) => performance.mark(name, { startTime: timeStamp }), true);
  });
  await person.key("s");
  await person.until("the tool", () => window.__coscope!.workspace.prompting.get() !== null);
  return {
    /** Goes to the i-th place; a nucleus in a region that is not read ahead. */
    async visit(i: number): Promise<Nucleus> {
      // Away from the canvas: a pointer that rests would read ahead.
      await page.mouse.move(2, 2);
      const at = FROM.x + (i % 5) * APART;
      const border = BORDER.first + Math.round((at - BORDER.first) / BORDER.each) * BORDER.each;
      const [x, y] = [border - BORDER.before, FROM.y + Math.floor(i / 5) * APART];
      await page.evaluate(
        ([cx, cy, zoom]) => {
          const viewer = window.__coscope!.viewer()!;
          viewer.setCamera({ ...viewer.camera(), cx: cx!, cy: cy!, zoom: zoom! });
          return viewer.whenIdle();
        },
        [x, y, ZOOM],
      );
      return nearest(border + BORDER.after, y);
    },
    /** Rests there until the regions have come. */
    async rest(at: XY): Promise<void> {
      how = [];
      const { x, y } = await person.at(at);
      await page.mouse.move(x - 1, y);
      await page.mouse.move(x, y);
      let heard = 0;
      let end = Date.now() + PATIENCE_MS;
      while (how.length < 2 && Date.now() < end) {
        // One of the two may be here already.
        if (how.length > heard) end = Date.now() + QUIET_MS;
        heard = how.length;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      // A moment more, in which they are unpacked and the preview is drawn.
      await new Promise((resolve) => setTimeout(resolve, UNPACKED_MS));
    },
    async click(at: XY): Promise<Answer> {
      how = [];
      const { x, y } = await person.at(at);
      const shown = answered(page);
      await page.mouse.click(x, y, { delay: HELD_MS });
      const times = await shown;
      // Escape would leave the tool, which then reads ahead when the pointer comes back.
      await page.evaluate(() => window.__coscope!.workspace.prompting.get()!.drop());
      return { ...times, how };
    },
  };
}

function nearest(x: number, y: number): Nucleus {
  // Further to the right lies the panel.
  const box = { minX: x - REACH, maxX: x + MOST_RIGHT, minY: y - REACH, maxY: y + REACH };
  const away = (n: Nucleus) => Math.hypot(n.x - x, n.y - y);
  const [nucleus] = demoNuclei()
    .nucleiIn(box)
    .filter((n) => n.x <= box.maxX)
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

/** Resolves with the times from button down, and up, to the frame after the answer, once both have been, ms. */
function answered(page: Page): Promise<Omit<Answer, "how">> {
  return page.evaluate(
    () =>
      new Promise<{ pressed: number; released: number }>((resolve, reject) => {
        const { state } = window.__coscope!.workspace.prompting.get()!;
        performance.clearMarks();
        let stood: number | null = null;
        const time = (name: string) => performance.getEntriesByName(name).at(-1)?.startTime;
        const tell = () => {
          const [pressed, released] = [time("pressed"), time("released")];
          if (stood === null) return;
          // Drawn while the button is down, it is the proposal when it is let go.
          if (pressed === undefined || released === undefined || !state.get().proposed)
            return void requestAnimationFrame(tell);
          resolve({ pressed: stood - pressed, released: Math.max(0, stood - released) });
        };
        const stop = state.subscribe(() => {
          const { status, candidates } = state.get();
          if (status.kind !== "failed" && candidates === 0) return;
          stop();
          if (status.kind === "failed") return reject(new Error(status.text));
          // The frame that shows it has been handed over when the one after it begins.
          requestAnimationFrame(() =>
            requestAnimationFrame(() => {
              stood = performance.now();
              tell();
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
