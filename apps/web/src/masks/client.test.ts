import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createMaskClient } from "./client.ts";
import type { Scene, ToWorker } from "./protocol.ts";

class FakeWorker {
  onmessage: ((event: unknown) => void) | null = null;
  onerror: ((event: unknown) => void) | null = null;
  readonly said: ToWorker[] = [];
  ended = false;
  constructor() {
    workers.push(this);
  }
  postMessage(message: ToWorker): void {
    this.said.push(message);
  }
  terminate(): void {
    this.ended = true;
  }
}
let workers: FakeWorker[] = [];
beforeEach(() => {
  workers = [];
  vi.stubGlobal("Worker", FakeWorker);
});
afterEach(() => vi.unstubAllGlobals());

const point = { x: 1, y: 2, tolerancePx: 1 };

test("a worker that stopped fails its calls, and the next call has another one that knows what is looked at", async () => {
  const client = createMaskClient({ source: () => null, onWaiting: () => {} });
  const scene = { imageId: "demo" } as Scene;
  client.call("use", scene).catch(() => {});
  const lost = client.call("hover", point);
  workers[0]!.onerror?.({ preventDefault: () => {}, message: "no such script" });
  await expect(lost).rejects.toMatchObject({ code: "failed" });
  expect(workers[0]!.ended).toBe(true);

  const found = client.call("hover", point);
  const [used, asked] = workers[1]!.said as Extract<ToWorker, { kind: "call" }>[];
  expect(used).toMatchObject({ name: "use", args: scene });
  workers[1]!.onmessage?.({ data: { kind: "done", id: asked!.id, value: null } });
  expect(await found).toBeNull();
});

test("who left hears so at once, and the worker as well; ended, nothing starts it again", async () => {
  const client = createMaskClient({ source: () => null, onWaiting: () => {} });
  const stop = new AbortController();
  const left = client.call("hover", point, { signal: stop.signal });
  stop.abort();
  await expect(left).rejects.toMatchObject({ code: "aborted" });
  expect(workers[0]!.said.map(({ kind }) => kind)).toEqual(["call", "abort"]);

  const open = client.call("hover", point);
  client.destroy();
  await expect(open).rejects.toMatchObject({ code: "aborted" });
  await expect(client.call("forget", { object: 1 })).rejects.toMatchObject({ code: "aborted" });
  expect(workers).toHaveLength(1);
});

test("a worker in which WebAssembly did not start is not asked again", async () => {
  const client = createMaskClient({ source: () => null, onWaiting: () => {} });
  const lost = client.call("hover", point);
  const other = client.call("hover", point);
  const { id } = workers[0]!.said[0] as Extract<ToWorker, { kind: "call" }>;
  const error = { code: "no-wasm", message: "It did not start.", next: "Click again." };
  workers[0]!.onmessage?.({ data: { kind: "failed", id, error } });
  await expect(lost).rejects.toMatchObject({ code: "no-wasm" });
  await expect(other).rejects.toMatchObject({ code: "no-wasm" });
  expect(workers[0]!.ended).toBe(true);
  // What ends something starts nothing: it would fail again, and take the next prompt along.
  await client.call("forget", { object: 1 });
  expect(workers).toHaveLength(1);
  client.call("hover", point).catch(() => {});
  expect(workers).toHaveLength(2);
});
