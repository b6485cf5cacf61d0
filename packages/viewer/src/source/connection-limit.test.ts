import { describe, expect, it } from "vitest";
import { memoryZarr } from "../testing/memory-zarr.ts";
import { connectionLimit, sharesConnections } from "./connection-limit.ts";
import { openOmeZarr } from "./open.ts";
import { openImage } from "./open-image.ts";

const everywhere = () => true;

function job() {
  let end = (_?: unknown) => {};
  const done = new Promise((resolve) => {
    end = resolve;
  });
  return { done, end };
}

describe("a limit to connections", () => {
  it("lets so many run at once to a host, and the next when one has ended, well or not", async () => {
    const limit = connectionLimit(2, everywhere);
    const jobs = Array.from({ length: 5 }, job);
    const begun: number[] = [];
    const all = jobs.map(({ done }, i) =>
      limit("http://a.test/x", undefined, async () => {
        begun.push(i);
        await done;
        if (i === 0) throw new Error("no");
      }).catch(() => {}),
    );
    const other = limit("http://b.test/x", undefined, async () => "at once");
    expect(await other).toBe("at once");
    expect(begun).toEqual([0, 1]);
    jobs[0]!.end();
    await all[0];
    await Promise.resolve();
    expect(begun).toEqual([0, 1, 2]);
    for (const { end } of jobs) end();
    await Promise.all(all);
    expect(begun).toEqual([0, 1, 2, 3, 4]);
  });

  it("whoever gives up leaves the queue", async () => {
    const limit = connectionLimit(1, everywhere);
    const first = job();
    const running = limit("http://a.test/x", undefined, () => first.done);
    const controller = new AbortController();
    const left = limit("http://a.test/y", controller.signal, async () => "never");
    const last = limit("http://a.test/z", undefined, async () => "last");
    controller.abort();
    await expect(left).rejects.toMatchObject({ code: "aborted" });
    first.end("first");
    expect(await running).toBe("first");
    expect(await last).toBe("last");
  });

  it("holds for tiles of any format, not for what opens an OME-Zarr image", async () => {
    const { files } = await memoryZarr({
      version: "0.5",
      axes: ["y", "x"],
      shapes: [[640, 640]],
      chunks: [64, 64],
    });
    let [running, most] = [0, 0];
    const fetch: typeof globalThis.fetch = async (input) => {
      running++;
      most = Math.max(most, running);
      await new Promise((resolve) => setTimeout(resolve, 1));
      running--;
      const bytes = files.get(new URL(String(input)).pathname.replace("/a.zarr", ""));
      return bytes ? new Response(bytes.slice()) : new Response(null, { status: 404 });
    };
    const limit = connectionLimit(3, everywhere);
    const source = await openOmeZarr("http://a.test/a.zarr", { fetch, limit });
    await source.getTile({ level: 0, x: 0, y: 0, z: 0, t: 0, channel: 0 });
    expect(most).toBe(3);
    most = 0;
    await Promise.all(
      Array.from({ length: 8 }, () => openImage("http://a.test/none.tif", { fetch, limit }).catch(() => {})),
    );
    expect(most).toBe(3);
  });

  it("applies to the page's own host", () => {
    expect(sharesConnections(new URL("http://a.test/x"))).toBe(false);
    const { location } = globalThis as { location?: unknown };
    Object.assign(globalThis, { location: { origin: "http://a.test" } });
    try {
      expect(sharesConnections(new URL("http://a.test/x"))).toBe(true);
      expect(sharesConnections(new URL("http://b.test/x"))).toBe(false);
    } finally {
      Object.assign(globalThis, { location });
    }
  });
});
