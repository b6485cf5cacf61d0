import { describe, expect, it } from "vitest";
import { SourceError } from "../errors.ts";
import { ByteCache } from "./byte-cache.ts";
import type { ImageSource, Tile } from "./image-source.ts";
import { withRetry } from "./retry.ts";
import { SharedRequests } from "./shared-requests.ts";
import { withTileCache } from "./tile-cache.ts";

const unreachable = () =>
  new SourceError("unreachable", { url: "u", expected: "an answer", got: "none", next: "Try again." });

describe("ByteCache", () => {
  it("drops what was used longest ago once over budget", () => {
    const cache = new ByteCache<string>(10);
    cache.set("a", "A", 4);
    cache.set("b", "B", 4);
    cache.get("a");
    cache.set("c", "C", 4);
    expect([cache.get("a"), cache.get("b"), cache.get("c")]).toEqual(["A", undefined, "C"]);
    expect(cache.bytes).toBe(8);
  });

  it("keeps nothing that is larger than the budget, and counts replaced entries once", () => {
    const cache = new ByteCache<number>(10);
    cache.set("a", 1, 11);
    expect(cache.size).toBe(0);
    cache.set("a", 1, 6);
    cache.set("a", 2, 3);
    expect([cache.bytes, cache.get("a")]).toEqual([3, 2]);
  });
});

describe("SharedRequests", () => {
  it("starts once, and stops only when everyone has left", async () => {
    const shared = new SharedRequests<number>();
    let started = 0;
    let signal: AbortSignal | null = null;
    const start = (own: AbortSignal) => {
      started++;
      signal = own;
      return new Promise<number>(() => {});
    };
    const [a, b] = [new AbortController(), new AbortController()];
    const first = shared.get("k", a.signal, start);
    const second = shared.get("k", b.signal, start);
    a.abort();
    await expect(first).rejects.toMatchObject({ code: "aborted" });
    expect(signal!.aborted).toBe(false);
    b.abort();
    await expect(second).rejects.toMatchObject({ code: "aborted" });
    expect(signal!.aborted).toBe(true);
    expect([started, shared.size]).toEqual([1, 0]);
  });

  it("starts anew after a failure, and after everyone left", async () => {
    const shared = new SharedRequests<number>();
    await expect(shared.get("k", undefined, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(await shared.get("k", undefined, async () => 2)).toBe(2);
    const left = new AbortController();
    const gone = shared.get("k", left.signal, () => new Promise<number>(() => {}));
    left.abort();
    await expect(gone).rejects.toMatchObject({ code: "aborted" });
    expect(await shared.get("k", undefined, async () => 3)).toBe(3);
  });

  it("refuses who has left already", async () => {
    const shared = new SharedRequests<number>();
    await expect(shared.get("k", AbortSignal.abort(), async () => 1)).rejects.toMatchObject({
      code: "aborted",
    });
  });
});

describe("withRetry", () => {
  it("asks again only while unreachable", async () => {
    let tries = 0;
    const answer = await withRetry(
      async () => {
        if (++tries < 3) throw unreachable();
        return "yes";
      },
      undefined,
      { retries: 2, baseDelayMs: 1 },
    );
    expect([answer, tries]).toEqual(["yes", 3]);
    const refuse = () =>
      Promise.reject(new SourceError("malformed", { url: "", expected: "", got: "", next: "" }));
    await expect(withRetry(refuse, undefined, { retries: 9, baseDelayMs: 1 })).rejects.toMatchObject({
      code: "malformed",
    });
  });

  it("stops waiting when aborted", async () => {
    const controller = new AbortController();
    const report = () => controller.abort();
    const options = { retries: 3, baseDelayMs: 60_000, report };
    await expect(
      withRetry(() => Promise.reject(unreachable()), controller.signal, options),
    ).rejects.toThrow();
  });
});

describe("withTileCache", () => {
  const at = { level: 0, x: 0, y: 0, z: 0, t: 0, channel: 0 };

  function counting(bytes: number) {
    let reads = 0;
    const source = {
      getTile: async (): Promise<Tile> => {
        reads++;
        await Promise.resolve();
        return { width: 1, height: 1, data: new Uint8Array(bytes) };
      },
    } as unknown as ImageSource;
    return { source, reads: () => reads };
  }

  it("reads a tile once, and shares a read in flight", async () => {
    const { source, reads } = counting(10);
    const cached = withTileCache(source);
    await Promise.all([cached.getTile(at), cached.getTile(at)]);
    await cached.getTile(at);
    expect(reads()).toBe(1);
    await cached.getTile({ ...at, z: 1 });
    expect(reads()).toBe(2);
  });

  it("keeps within its budget", async () => {
    const { source, reads } = counting(1000);
    const report = { hits: 0, misses: 0, bytes: 0 };
    const cached = withTileCache(source, { budgetBytes: 3000, report });
    for (let x = 0; x < 5; x++) await cached.getTile({ ...at, x });
    await cached.getTile({ ...at, x: 4 });
    await cached.getTile({ ...at, x: 0 });
    expect(reads()).toBe(6);
    expect(report).toMatchObject({ hits: 1, misses: 6 });
    expect(report.bytes).toBeLessThanOrEqual(3000);
  });
});
