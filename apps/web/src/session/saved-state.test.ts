import { makeRemove } from "@coscope/annotations";
import { memoryOutboxStore, Outbox } from "@coscope/annotations/outbox";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createStore } from "../state/store.ts";
import { createSavedState, type OtherWork } from "./saved-state.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function opened() {
  const outbox = new Outbox(memoryOutboxStore(), { userId: "ada", tabId: "tab" });
  const stores = {
    connected: createStore(true),
    network: createStore(true),
    signedOut: createStore(false),
    others: createStore<OtherWork>({ here: 0, elsewhere: 0 }),
  };
  const saved = createSavedState({ outbox: () => outbox, ...stores });
  outbox.subscribe(saved.refresh);
  let at = 0;
  const draw = async (): Promise<string> => {
    at += 1;
    const command = makeRemove(["a"]);
    await outbox.add({
      ...{ key: command.stamp, userId: "ada", imageId: "image", layerId: "layer", room: "e1/image/layer" },
      ...{ tabId: "tab", command, clientId: 1, clockFrom: at, clockTo: at + 1, at },
    });
    return command.stamp;
  };
  return { ...stores, outbox, draw, state: saved.store.get };
}

test("no network is told from a server that does not answer, and from having been signed out", async () => {
  const { connected, network, signedOut, draw, state } = opened();
  await draw();
  expect(state()).toEqual({ kind: "sending", queued: 1 });
  // The socket needs half a minute to notice.
  network.set(false);
  expect(state()).toEqual({ kind: "offline", why: "network", queued: 1 });
  network.set(true);
  expect(state()).toEqual({ kind: "sending", queued: 1 });
  connected.set(false);
  expect(state().kind).toBe("sending");
  vi.advanceTimersByTime(5_000);
  expect(state()).toEqual({ kind: "offline", why: "server", queued: 1 });
  signedOut.set(true);
  expect(state()).toEqual({ kind: "offline", why: "signed-out", queued: 1 });
});

test("a refusal does not hide that the rest waits", async () => {
  const { outbox, network, draw, state } = opened();
  const refused = await draw();
  await draw();
  await outbox.reject([refused], "Too large.");
  network.set(false);
  expect(state()).toEqual({
    kind: "rejected",
    count: 1,
    reason: "Too large.",
    rest: { kind: "offline", why: "network", queued: 1 },
  });
});

test("what other tabs and images have not sent is not called saved", () => {
  const { others, state } = opened();
  expect(state()).toEqual({ kind: "saved" });
  others.set({ here: 1, elsewhere: 2 });
  expect(state()).toEqual({ kind: "waiting", here: 1, elsewhere: 2 });
});
