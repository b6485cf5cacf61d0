import { pino } from "pino";
import { expect, test, vi } from "vitest";
import { ServerError } from "../errors.ts";
import { createMetrics } from "../metrics.ts";
import type { AppendResult, LogEntry } from "../store/document-log.ts";
import { createLogWriter } from "./log-writer.ts";

const entry = (layerId: string, size = 1, userId = "u"): LogEntry => ({
  layerId,
  epoch: 1,
  bytes: new Uint8Array(size),
  userId,
  clientIds: [],
  claims: [],
});

function writerOf(commit: (batch: LogEntry[]) => Promise<AppendResult[]>) {
  return createLogWriter(async (batch) => ({ results: await commit(batch), stored: null }), {
    log: pino({ level: "silent" }),
    metrics: createMetrics(),
  });
}

test("what arrives during a commit goes into the next one together", async () => {
  const batches: number[] = [];
  const gates: (() => void)[] = [];
  let sequence = 0;
  const writer = writerOf(async (batch) => {
    batches.push(batch.length);
    await new Promise<void>((resolve) => gates.push(resolve));
    return batch.map(() => ({ sequence: ++sequence }));
  });
  const order: number[] = [];
  const note = (i: number) => writer.append(entry("a")).then((result) => order.push(i, result.sequence));
  const first = [note(1), note(2)];
  await vi.waitFor(() => expect(gates).toHaveLength(1));
  const second = [note(3), note(4), note(5)];
  gates[0]!();
  await Promise.all(first);
  await vi.waitFor(() => expect(gates).toHaveLength(2));
  gates[1]!();
  await Promise.all(second);
  expect(batches).toEqual([2, 3]);
  expect(order).toEqual([1, 1, 2, 2, 3, 3, 4, 4, 5, 5]);
  await writer.idle();
});

test("an outdated epoch fails its own entries only", async () => {
  const writer = writerOf(async (batch) =>
    batch.map((item) => (item.layerId === "old" ? "stale" : { sequence: 1 })),
  );
  const [old, current] = await Promise.allSettled([writer.append(entry("old")), writer.append(entry("new"))]);
  expect(old).toMatchObject({ status: "rejected", reason: { code: "epoch-changed" } });
  expect(current).toMatchObject({ status: "fulfilled", value: { sequence: 1 } });
});

test("a commit that fails is tried again, and given up in the end", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  try {
    let failures = 2;
    const writer = writerOf(async (batch) => {
      if (failures-- > 0) throw new Error("disk");
      return batch.map(() => ({ sequence: 1 }));
    });
    const settle = async (promise: Promise<unknown>) => {
      const settled = Promise.allSettled([promise]);
      for (let i = 0; i < 20; i++) {
        await new Promise((resolve) => setImmediate(resolve));
        await vi.advanceTimersByTimeAsync(1_000);
      }
      return (await settled)[0];
    };
    expect(await settle(writer.append(entry("a")))).toMatchObject({ status: "fulfilled" });
    failures = 99;
    expect(await settle(writer.append(entry("a")))).toMatchObject({
      status: "rejected",
      reason: { code: "store-failed" },
    });
  } finally {
    vi.useRealTimers();
  }
});

test("a huge update does not share its commit", async () => {
  const batches: number[] = [];
  const writer = writerOf(async (batch) => {
    batches.push(batch.length);
    return batch.map(() => ({ sequence: 1 }));
  });
  await Promise.all([
    writer.append(entry("a")),
    writer.append(entry("a", 9 << 20)),
    writer.append(entry("a")),
  ]);
  expect(batches).toEqual([1, 1, 1]);
});

test("after a failure nothing of the same document is written behind the hole; others are", async () => {
  const gates: { resolve(): void; reject(error: Error): void }[] = [];
  const batches: string[][] = [];
  const writer = writerOf(async (batch) => {
    batches.push(batch.map((item) => item.layerId));
    await new Promise<void>((resolve, reject) => gates.push({ resolve, reject }));
    return batch.map(() => ({ sequence: 1 }));
  });
  const taken = new ServerError("data-busy", "taken over");
  const first = writer.append(entry("a"));
  await vi.waitFor(() => expect(gates).toHaveLength(1));
  const later = Promise.allSettled([writer.append(entry("a")), writer.append(entry("b"))]);
  gates[0]!.reject(taken);
  await expect(first).rejects.toMatchObject({ code: "store-failed" });
  await vi.waitFor(() => expect(gates).toHaveLength(2));
  gates[1]!.resolve();
  expect(await later).toMatchObject([
    { status: "rejected", reason: { code: "store-failed" } },
    { status: "fulfilled" },
  ]);
  expect(batches).toEqual([["a"], ["b"]]);
});

/** A writer whose database answers nothing until `open`. */
function stalledWriter() {
  const gate = Promise.withResolvers<void>();
  const committed: string[][] = [];
  const writer = writerOf(async (batch) => {
    await gate.promise;
    committed.push(batch.map((item) => item.userId));
    return batch.map(() => ({ sequence: 1 }));
  });
  return { writer, committed, open: gate.resolve };
}

test("what one user has waiting is bounded, and leaves room for as much of others", async () => {
  const { writer, open } = stalledWriter();
  const settled: Promise<unknown>[] = [];
  const append = (userId: string, bytes: number) => {
    if (!writer.hasRoomFor(userId, bytes)) return false;
    settled.push(writer.append(entry(`of ${userId}`, bytes, userId)));
    return true;
  };
  const fill = (userId: string, bytes: number) => {
    let count = 0;
    while (append(userId, bytes)) count++;
    return count;
  };
  // A third of 64 MiB, then half of what is left of it, and so on.
  expect(fill("eve", 1 << 20)).toBe(21);
  expect(fill("mallory", 1 << 20)).toBe(14);
  expect(append("ada", 1 << 20)).toBe(true);
  expect(fill("trent", 8)).toBeGreaterThan(6_000);
  expect(writer.hasRoomFor("bob", 1)).toBe(true);
  expect(writer.hasRoomFor("bob", 64 << 20)).toBe(false);
  expect([writer.restMs("eve"), writer.restMs("ada"), writer.restMs("bob")]).toEqual([250, 0, 0]);
  open();
  await Promise.all(settled);
  expect(fill("eve", 1 << 20)).toBe(21);
  expect(writer.restMs("ada")).toBe(0);
  await writer.idle();
});

test("a flood that waits is not before a colleague's edit", async () => {
  const { writer, committed, open } = stalledWriter();
  const flood = Array.from({ length: 3_000 }, (_, i) => writer.append(entry(`layer ${i % 3}`, 1, "eve")));
  await new Promise((resolve) => setImmediate(resolve));
  const one = writer.append(entry("quiet", 1, "ada"));
  open();
  await one;
  // The batch under way, and the next one.
  expect(committed.length).toBeLessThanOrEqual(2);
  await Promise.all(flood);
  expect(committed.flat()).toHaveLength(3_001);
});

test("the second attempt says that it is one", async () => {
  const said: boolean[] = [];
  const writer = createLogWriter(
    async (batch, again) => {
      said.push(again);
      if (!again) throw new Error("connection lost");
      return { results: batch.map(() => ({ sequence: 1 })), stored: null };
    },
    { log: pino({ level: "silent" }), metrics: createMetrics() },
  );
  await writer.append(entry("a"));
  await writer.append(entry("a"));
  expect(said).toEqual([false, true, false, true]);
});

test("what a journal holds counts as waiting until the database has it", async () => {
  const stored = Promise.withResolvers<void>();
  const writer = createLogWriter(
    async (batch) => ({ results: batch.map(() => ({ sequence: 1 })), stored: stored.promise }),
    { log: pino({ level: "silent" }), metrics: createMetrics() },
  );
  await Promise.all(Array.from({ length: 6_000 }, () => writer.append(entry("a"))));
  expect(writer.restMs("u")).toBeGreaterThan(0);
  stored.resolve();
  await vi.waitFor(() => expect(writer.restMs("u")).toBe(0));
});
