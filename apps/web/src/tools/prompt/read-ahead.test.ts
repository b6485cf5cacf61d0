import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { pointerFor } from "../testing.ts";
import { createPromptTool } from "./prompt-tool.ts";
import { type FakePage, fakePage } from "./testing.ts";

const NO_KEYS = { shift: false, alt: false, ctrl: false };
let page: FakePage;

beforeEach(() => {
  vi.useFakeTimers();
  page = fakePage();
});
afterEach(() => vi.useRealTimers());

interface Wanted {
  points: { x: number; y: number }[];
  purpose: string;
}
const read = () => page.calls.filter(({ name }) => name === "prefetch").map(({ args }) => args as Wanted);
const wait = (ms = 0) => vi.advanceTimersByTimeAsync(ms);

async function picked() {
  const tool = createPromptTool(page.host);
  tool.refresh(NO_KEYS);
  await wait();
  return { tool, mouse: pointerFor(page.host, (event) => tool.pointer(event)) };
}

test("picked, it reads where one looks and where those who are followed look", async () => {
  page.followed = { x: 5000, y: 600 };
  const { tool } = await picked();
  expect(read()).toMatchObject([
    {
      points: [
        { x: 250, y: 200 },
        { x: 5000, y: 600 },
      ],
      purpose: "prefetch",
    },
  ]);
  // Put away and picked again, they may have gone.
  tool.cancel();
  page.followed = null;
  createPromptTool(page.host);
  await wait();
  expect(read()).toHaveLength(2);
  expect(read()[1]).toMatchObject({ points: [{ x: 250, y: 200 }] });
});

test("a pointer that rests wants the region under it; one that passes, or presses, does not", async () => {
  const { mouse } = await picked();
  mouse.hover(100, 100);
  await wait(100);
  mouse.hover(140, 100);
  await wait(150);
  expect(read()).toHaveLength(1);
  await wait(100);
  expect(read()[1]).toMatchObject({ points: [{ x: 140, y: 100 }], purpose: "hover" });
  mouse.hover(160, 100);
  mouse.event("down", { x: 160, y: 100 });
  await wait(1000);
  expect(read()).toHaveLength(2);
});

test("a colleague who is followed goes on: half a region further it is read again, now and then", async () => {
  page.followed = { x: 5000, y: 600 };
  const { tool } = await picked();
  const goTo = (x: number) => {
    page.followed = { x, y: 600 };
    page.moveFollowed();
  };
  goTo(5010);
  await wait(1000);
  expect(read()).toHaveLength(1);
  for (const x of [5400, 6000, 7000, 8000]) goTo(x);
  await wait();
  expect(read()).toHaveLength(2);
  await wait(1000);
  // Of the places passed by meanwhile, the last one.
  expect(read()).toHaveLength(3);
  expect(read()[2]!.points[1]).toEqual({ x: 8000, y: 600 });
  tool.cancel();
  goTo(20_000);
  await wait(1000);
  expect(read()).toHaveLength(3);
});

test("so does one's own view; from further away half a region is more of the image; not in private mode", async () => {
  const { tool } = await picked();
  const look = async (x: number) => {
    page.view = { minX: x, minY: 0, maxX: x + 500, maxY: 400 };
    tool.refresh(NO_KEYS);
    await wait(1000);
  };
  await look(5);
  expect(read()).toHaveLength(1);
  await look(1000);
  expect(read()).toHaveLength(2);
  expect(read()[1]).toMatchObject({ points: [{ x: 1250, y: 200 }], purpose: "prefetch" });
  page.host.view.zoom = 0.25;
  await look(1000);
  expect(read()).toHaveLength(3);
  await look(1200);
  expect(read()).toHaveLength(3);
  await look(6000);
  expect(read()).toHaveLength(4);
  page.page.remember.private = true;
  await look(20_000);
  expect(read()).toHaveLength(4);
});
