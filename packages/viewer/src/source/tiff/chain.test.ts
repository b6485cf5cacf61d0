import { expect, it } from "vitest";
import { grey, type TinyTag, tinyTiff } from "../../testing/tiny-tiff.ts";
import { openRemoteFile } from "../remote-file.ts";
import { readTiffManifest } from "./manifest.ts";

it("directories far apart, at even distances, are fetched ahead: few round trips for many planes", async () => {
  const far: TinyTag = [65_000, new Uint8Array(100_000)];
  const bytes = tinyTiff({
    directories: Array.from({ length: 60 }, () => grey(4, 4, far)),
    data: new Uint8Array(16),
  });
  let requests = 0;
  let waiting: (() => void)[] = [];
  let rounds = 0;
  // Answers come in rounds: what is asked together is answered together.
  const server: typeof fetch = (_, init) => {
    requests++;
    const [, from, to] = /bytes=(\d+)-(\d+)/.exec(new Headers(init?.headers).get("range")!)!;
    const end = Math.min(bytes.length, Number(to) + 1);
    return new Promise((resolve) => {
      if (waiting.length === 0) {
        setImmediate(() => {
          rounds++;
          const answered = waiting;
          waiting = [];
          for (const answer of answered) answer();
        });
      }
      waiting.push(() => {
        const headers = { "content-range": `bytes ${from}-${end - 1}/${bytes.length}` };
        resolve(new Response(bytes.slice(Number(from), end), { status: 206, headers }));
      });
    });
  };
  const manifest = await readTiffManifest(
    await openRemoteFile("http://far.test/stack.tif", { fetch: server }),
  );
  expect(manifest.sizeZ).toBe(60);
  expect(requests).toBeLessThan(90);
  expect(rounds).toBeLessThan(14);
});
