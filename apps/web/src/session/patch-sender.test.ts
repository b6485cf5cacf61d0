import type { PresencePatch } from "@coscope/annotations/presence";
import { expect, test } from "vitest";
import { createPatchSender } from "./patch-sender.ts";

function simulated() {
  let now = 0;
  let queue: { at: number; run: () => void }[] = [];
  const patches: { at: number; patch: PresencePatch }[] = [];
  const sender = createPatchSender((patch) => patches.push({ at: now, patch }), {
    now: () => now,
    later(run, ms) {
      const entry = { at: now + ms, run };
      queue.push(entry);
      return () => {
        queue = queue.filter((other) => other !== entry);
      };
    },
  });
  function advance(ms: number): void {
    const end = now + ms;
    for (;;) {
      const next = queue.toSorted((a, b) => a.at - b.at)[0];
      if (!next || next.at > end) break;
      queue = queue.filter((other) => other !== next);
      now = next.at;
      next.run();
    }
    now = end;
  }
  return { sender, patches, advance };
}

const cursor = (x: number) => ({ cursor: { x, y: 0, tool: "select", pressed: false } });
const view = (cx: number) => ({
  view: { cx, cy: 0, zoom: 1, rotation: 0, width: 1, height: 1, z: 0, t: 0, channels: [] },
});

test("a second of moving sends at most 25 cursors and 10 views, and ends on the newest", () => {
  const { sender, patches, advance } = simulated();
  for (let ms = 0; ms < 1000; ms += 4) {
    sender.update({ ...cursor(ms), ...view(ms) });
    advance(4);
  }
  advance(1000);
  const cursors = patches.filter(({ patch }) => patch.cursor);
  const views = patches.filter(({ patch }) => patch.view);
  expect(cursors.length).toBeLessThanOrEqual(26);
  expect(views.length).toBeLessThanOrEqual(11);
  expect(cursors.at(-1)!.patch.cursor!.x).toBe(996);
  expect(views.at(-1)!.patch.view!.cx).toBe(996);
});

test("what did not change is not sent; whom one follows is sent at once", () => {
  const { sender, patches, advance } = simulated();
  sender.update(cursor(1));
  advance(100);
  sender.update(cursor(1));
  advance(100);
  sender.update({ following: 7 });
  expect(patches.map(({ patch }) => patch)).toEqual([cursor(1), { following: 7 }]);
});

test("after a reconnect everything is said again, in one frame", () => {
  const { sender, patches, advance } = simulated();
  sender.update({ ...cursor(1), following: 3 });
  advance(500);
  sender.resend();
  expect(patches.at(-1)!.patch).toEqual({ ...cursor(1), following: 3 });
});
