import type { OutboxEntry } from "@coscope/annotations/outbox";
import { expect, test } from "vitest";
import type { StrandedWork } from "../session/stranded-work.ts";
import { strandedNote, strandedShort, strandedText } from "./stranded-words.ts";

const work = (count: number, part: Partial<StrandedWork> = {}): StrandedWork => ({
  ...{ userId: "ada", name: "Ada", mayAdopt: true, imageId: "image" },
  entries: Array.from({ length: count }, () => ({}) as OutboxEntry),
  ...part,
});

test("it is said whose changes they are and where", () => {
  expect(strandedText(work(3), "Slide")).toBe(
    "Ada's 3 changes on “Slide” were never sent from this browser.",
  );
  expect(strandedText(work(1), undefined)).toBe("Ada's 1 change was never sent from this browser.");
  expect(strandedText(work(2, { name: null }), null)).toBe(
    "Somebody else's 2 changes on an image that is not here any more were never sent from this browser.",
  );
  expect(strandedShort([work(3), work(1)])).toBe("4 never sent");
  expect(strandedShort([])).toBe("");
});

test("nobody is told to sign in as a guest", () => {
  expect(strandedNote(work(3), "Slide")).not.toMatch(/sign in/);
  expect(strandedNote(work(3, { mayAdopt: false }), "Slide")).toMatch(/sign in as Ada/);
});
