import type { Cell, Embedding } from "@coscope/models";
import { expect, test } from "vitest";
import { createEmbeddings } from "./embeddings.ts";

const cell = { scale: 1, x: 0, y: 0, width: 1024, height: 1024 } as Cell;

test("who asks for a region that was just given up waits for a reading of their own", async () => {
  const reads: PromiseWithResolvers<Embedding>[] = [];
  // A reading that goes on for a while after it was given up, as that of pixels does.
  const store = createEmbeddings(() => {
    const read = Promise.withResolvers<Embedding>();
    reads.push(read);
    return read.promise;
  });
  const stop = new AbortController();
  const left = store.get(cell, "click", stop.signal);
  stop.abort();
  await expect(left).rejects.toMatchObject({ code: "aborted" });

  const wanted = store.get(cell, "click");
  expect(reads).toHaveLength(2);
  reads[0]!.reject(new Error("given up"));
  const found = { fine: new Float32Array(4), coarse: new Float32Array(4) } as unknown as Embedding;
  reads[1]!.resolve(found);
  expect(await wanted).toBe(found);
  expect(store.peek(cell)).toBe(found);
});
