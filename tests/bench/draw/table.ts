import type { Geometry } from "@coscope/annotations";
import { lowerIsBetter, type Metric, quantile } from "../metric.ts";
import { openWorkplace, PLACE } from "./workplace.ts";

const COUNT = 100_000;
/** What is typed: in turns it finds nothing and everything. */
const SEARCHES = ["nobody", "unclass", "nothing", "annot", "no such name", ""];

/** The table of objects over a hundred thousand outlines: opened, searched, sorted, each until its rows are there. */
export async function tableScene(quick: boolean): Promise<Metric[]> {
  const { person, close } = await openWorkplace(outlines());
  const { page } = person;
  try {
    await page.getByRole("tab", { name: /Objects/ }).click();
    await page.getByRole("button", { name: /Table of/ }).waitFor();
    await page.evaluate(watchTable);
    const open = await page.evaluate(async (count) => {
      const button = [...document.querySelectorAll("button")].find((one) =>
        one.textContent!.includes("Table of"),
      )!;
      return window.__untilTable!(
        () => button.click(),
        (rows) => rows === count + 1,
      );
    }, COUNT);
    const filter: number[] = [];
    for (let round = 0; round < (quick ? 2 : 5); round++)
      for (const text of SEARCHES) filter.push(await page.evaluate(typeSearch, text));
    const sort: number[] = [];
    for (const column of ["Drawn", "Class", "Area"]) sort.push(await page.evaluate(pressHead, column));
    const again = await page.evaluate(pressHead, "Area");
    return [
      lowerIsBetter("table of 100k opened", open, null, "ms"),
      lowerIsBetter("table filter over 100k, median", quantile(filter, 0.5), null, "ms"),
      lowerIsBetter("table filter over 100k, p95", quantile(filter, 0.95), null, "ms"),
      lowerIsBetter("table sort over 100k by time", sort[0]!, null, "ms"),
      lowerIsBetter("table sort over 100k by class", sort[1]!, null, "ms"),
      lowerIsBetter("table sort over 100k by area, with measuring", sort[2]!, null, "ms"),
      lowerIsBetter("table sort over 100k by area, measured", again, null, "ms"),
    ];
  } finally {
    await close();
  }
}

/** Nucleus-like outlines of 16 corners around where one looks. */
function outlines(): Geometry[] {
  const columns = Math.ceil(Math.sqrt(COUNT));
  return Array.from({ length: COUNT }, (_, i) => {
    const cx = PLACE.cx + 40 * ((i % columns) - columns / 2);
    const cy = PLACE.cy + 40 * (Math.floor(i / columns) - columns / 2);
    const ring = Array.from({ length: 16 }, (_, k) => {
      const angle = (k / 16) * 2 * Math.PI;
      const radius = 10 + ((i * 7 + k * 3) % 5);
      return [cx + radius * Math.cos(angle), cy + radius * Math.sin(angle)];
    }).flat();
    return { kind: "polygon", plane: { z: 0, t: 0 }, parts: [[ring]] };
  });
}

declare global {
  interface Window {
    /** Ms from an action to the frame in which the table is as it should be. */
    __untilTable?: (
      action: () => void,
      done: (rows: number, head: string, first: string) => boolean,
    ) => Promise<number>;
  }
}

/** Runs in the page. */
function watchTable(): void {
  window.__untilTable = (action, done) =>
    new Promise((resolve) => {
      const began = performance.now();
      const look = () => {
        const grid = document.querySelector('[role="grid"]');
        const sorted = document.querySelector('[role="columnheader"]:not([aria-sort="none"])');
        const busy = grid?.getAttribute("aria-busy") === "true";
        const rows = Number(grid?.getAttribute("aria-rowcount") ?? 0);
        const first = grid?.querySelector('[aria-rowindex="2"]')?.id ?? "";
        if (!busy && done(rows, sorted?.textContent ?? "", first)) {
          watcher.disconnect();
          resolve(performance.now() - began);
        }
      };
      const watcher = new MutationObserver(look);
      watcher.observe(document.body, { subtree: true, childList: true, attributes: true });
      action();
      look();
    });
}

/** Runs in the page: types into the search field, until the number of rows is another one. */
function typeSearch(text: string): Promise<number> {
  const field = document.querySelector<HTMLInputElement>(".objects-search")!;
  const before = Number(document.querySelector('[role="grid"]')!.getAttribute("aria-rowcount"));
  const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value")!.set!;
  return window.__untilTable!(
    () => {
      set.call(field, text);
      field.dispatchEvent(new Event("input", { bubbles: true }));
    },
    (rows) => rows !== before,
  );
}

/** Runs in the page: sorts by a column, until it says so and the first row is another one. */
function pressHead(column: string): Promise<number> {
  const head = [...document.querySelectorAll<HTMLElement>(".grid-sort")].find((one) =>
    one.textContent!.startsWith(column),
  )!;
  const order = head.parentElement!.getAttribute("aria-sort");
  return window.__untilTable!(
    () => head.click(),
    () => head.parentElement!.getAttribute("aria-sort") !== order,
  );
}
