import { expect, test, vi } from "vitest";
import { createPart } from "./part.ts";

const away = async () => false;
const here = async () => true;

/** Fails until it is told otherwise. */
function flaky() {
  const state = { works: false, attempts: 0 };
  const load = async () => {
    state.attempts++;
    if (!state.works) throw new TypeError("Failed to fetch dynamically imported module");
    return "code";
  };
  return { state, load };
}

test("it loads when it is first wanted, once for all", async () => {
  const { state, load } = flaky();
  state.works = true;
  const part = createPart(load, away);
  expect(state.attempts).toBe(0);
  part.want();
  part.want();
  await vi.waitFor(() => expect(part.state.get()).toEqual({ kind: "ready", value: "code" }));
  part.want();
  part.again();
  expect(state.attempts).toBe(1);
});

test("a failure stays until another try succeeds", async () => {
  const { state, load } = flaky();
  const part = createPart(load, away);
  part.want();
  await vi.waitFor(() => expect(part.state.get()).toEqual({ kind: "failed", gone: false }));
  part.again();
  expect(part.state.get().kind).toBe("failed");
  await vi.waitFor(() => expect(state.attempts).toBe(2));
  state.works = true;
  await vi.waitFor(() => {
    part.again();
    expect(part.state.get().kind).toBe("ready");
  });
});

test("a failure is forgotten with the last who saw it, and who comes next tries anew", async () => {
  const { state, load } = flaky();
  const part = createPart(load, away);
  const [first, second] = [part.want(), part.want()];
  await vi.waitFor(() => expect(part.state.get().kind).toBe("failed"));
  first();
  expect(part.state.get().kind).toBe("failed");
  second();
  expect(part.state.get().kind).toBe("waiting");
  state.works = true;
  part.want();
  await vi.waitFor(() => expect(part.state.get().kind).toBe("ready"));
});

test("a failure that nobody waits for any more is not kept", async () => {
  const { state, load } = flaky();
  const answers = vi.fn(away);
  const part = createPart(load, answers);
  part.want()();
  await vi.waitFor(() => expect(answers).toHaveBeenCalledOnce());
  state.works = true;
  await vi.waitFor(() => {
    part.again();
    expect(part.state.get().kind).toBe("ready");
  });
});

test("a server that answers, but not with this, was updated", async () => {
  const { state, load } = flaky();
  const part = createPart(load, here);
  part.want();
  await vi.waitFor(() => expect(part.state.get()).toEqual({ kind: "failed", gone: true }));
  expect(state.attempts).toBe(2);
});

test("a server that came back while it was asked is tried at once", async () => {
  const { state, load } = flaky();
  const part = createPart(load, async () => {
    state.works = true;
    return true;
  });
  part.want();
  await vi.waitFor(() => expect(part.state.get()).toEqual({ kind: "ready", value: "code" }));
});
