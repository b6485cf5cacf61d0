import { expect, test } from "vitest";
import type { WorkState } from "../state/workspace.ts";
import { pillText, savedMeaning, savedTitle } from "./saved-words.ts";

const offline = (why: "network" | "server" | "signed-out", queued: number): WorkState => {
  return { kind: "offline", why, queued };
};

test("one and two changes are said as people say them", () => {
  expect(savedMeaning(offline("network", 2))).toEqual([
    "Keep drawing. 2 changes are kept on this computer and sent when the connection is back.",
  ]);
  expect(savedMeaning(offline("server", 1))).toEqual([
    "Keep drawing. 1 change is kept on this computer and sent when it is back.",
  ]);
  expect(savedTitle({ kind: "waiting", here: 1, elsewhere: 0 })).toBe("1 change waits in this browser");
  expect(savedMeaning({ kind: "waiting", here: 1, elsewhere: 2 })).toEqual([
    "1 change was made in another tab and not sent yet. If that tab is closed, this one sends it soon.",
    "2 changes were made on another image and not sent yet. Open it to send them.",
  ]);
});

test("offline is said only where the browser says so", () => {
  expect(savedTitle(offline("network", 0))).toBe("You are offline");
  expect(savedTitle(offline("server", 0))).toBe("Coscope's server does not answer");
  expect(savedMeaning(offline("signed-out", 1))[0]).not.toMatch(/sent|same person/);
});

test("beside a refusal the pill says what becomes of the rest", () => {
  const refused = { kind: "rejected", count: 1, reason: "Too large." } as const;
  expect(pillText({ ...refused, rest: offline("network", 3) })).toBe("1 not saved · Offline, 3 waiting");
  expect(pillText({ ...refused, rest: { kind: "saved" } })).toBe("1 not saved");
});
