import { describe, expect, it } from "vitest";
import { SourceError } from "../errors.ts";
import type { RawTile, TileRead } from "./raw-tile.ts";
import { type AheadPlace, ReadAhead } from "./read-ahead.ts";

const at = (z: number, x = 0, projection?: "max"): AheadPlace => ({
  level: 0,
  x,
  y: 0,
  plane: { z, t: 0, ...(projection ? { projection } : {}) },
});
const place = ({ plane, x }: AheadPlace) => `${plane.z}:${x}`;

/** Reads of 1000 bytes each, that end when told to. */
function reads() {
  const open = new Map<string, { done: () => void; fail: (error: unknown) => void }>();
  const started: string[] = [];
  const aborted: string[] = [];
  const read = (wanted: AheadPlace, channels: readonly number[], signal: AbortSignal) =>
    new Promise<TileRead>((resolve, reject) => {
      const key = place(wanted);
      started.push(key);
      signal.addEventListener("abort", () => {
        aborted.push(key);
        reject(signal.reason);
      });
      const texels = { width: 10, height: 100, lanes: 1, data: new Uint8Array(1000) };
      open.set(key, {
        done: () => resolve({ groups: [{ group: 0, texels, lanes: [0] }], channels }),
        fail: reject,
      });
    });
  const finish = async (...keys: string[]) => {
    for (const key of keys) open.get(key)!.done();
    for (let i = 0; i < 8; i++) await Promise.resolve();
  };
  return { read, started, aborted, open, finish };
}

const never = new AbortController().signal;

describe("reading ahead", () => {
  it("reads a few at once, in order, and gives each away once", async () => {
    const { read, started, finish } = reads();
    const ahead = new ReadAhead(10_000, read);
    ahead.want([at(1), at(2), at(3), at(4), at(5)], [0]);
    expect(started).toEqual(["1:0", "2:0", "3:0"]);
    await finish("1:0", "2:0", "3:0");
    await finish("4:0", "5:0");
    expect(ahead.pending).toBe(false);
    expect(ahead.bytes).toBe(5000);
    expect(ahead.take(at(2), [0, 1], never)).toBeNull();
    expect((await ahead.take(at(2), [0], never))?.channels).toEqual([0]);
    expect(ahead.bytes).toBe(4000);
    expect(ahead.take(at(2), [0], never)).toBeNull();
    expect(ahead.take(at(2, 0, "max"), [0], never)).toBeNull();
  });

  it("stays within its bytes, and forgets the oldest first", async () => {
    const { read, finish } = reads();
    const ahead = new ReadAhead(2500, read);
    for (const z of [1, 2, 3, 4]) {
      ahead.want([at(z)], [0]);
      await finish(`${z}:0`);
      expect(ahead.bytes).toBeLessThanOrEqual(2500);
    }
    expect(ahead.take(at(2), [0], never)).toBeNull();
    expect(ahead.take(at(3), [0], never)).not.toBeNull();
    const data = new Uint8Array(2600);
    const raw = { ...at(9), groups: [{ width: 26, height: 100, lanes: 1, data }], loaded: new Set([0]) };
    ahead.keep(raw as unknown as RawTile);
    expect(ahead.take(at(9), [0], never)).toBeNull();
    expect(ahead.bytes).toBe(1000);
  });

  it("ends what is no longer wanted, but not what someone waits for or has taken", async () => {
    const { read, started, aborted, finish } = reads();
    const ahead = new ReadAhead(10_000, read);
    ahead.want([at(1), at(2), at(3), at(4)], [0]);
    const taken = ahead.take(at(1), [0], never);
    let ready = false;
    const needed = ahead.need([at(2), at(8)], [0], never).then(() => {
      ready = true;
    });
    ahead.want([at(3)], [0]);
    expect(started).toEqual(["1:0", "2:0", "3:0", "8:0"]);
    expect(aborted).toEqual([]);
    ahead.want([], [0]);
    expect(aborted).toEqual(["3:0"]);
    await finish("1:0", "2:0");
    expect((await taken)?.channels).toEqual([0]);
    expect(ready).toBe(false);
    await finish("8:0");
    await needed;
    expect(ahead.take(at(8), [0], never)).not.toBeNull();
  });

  it("ends a read whose taker gives up, and resolves for one who needs it no more", async () => {
    const { read, aborted } = reads();
    const ahead = new ReadAhead(10_000, read);
    ahead.want([at(1)], [0]);
    const [taker, needer] = [new AbortController(), new AbortController()];
    const taken = ahead.take(at(1), [0], taker.signal);
    const needed = ahead.need([at(2)], [0], needer.signal);
    taker.abort();
    needer.abort();
    await expect(taken).rejects.toBeDefined();
    await needed;
    expect(aborted).toEqual(["1:0", "2:0"]);
    expect(ahead.pending).toBe(false);
  });

  it("stops when the network fails", async () => {
    const { read, open, started, finish } = reads();
    const ahead = new ReadAhead(10_000, read);
    ahead.want([at(1), at(2), at(3), at(4), at(5)], [0]);
    open.get("1:0")!.fail(new SourceError("unreachable", { url: "u", expected: "e", got: "g", next: "n" }));
    await finish("2:0", "3:0");
    expect(started).toEqual(["1:0", "2:0", "3:0"]);
    expect(ahead.pending).toBe(false);
  });
});
