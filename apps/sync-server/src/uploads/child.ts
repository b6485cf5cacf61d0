import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { openTree } from "../images/import/entries.ts";
import { ImportError, importErrorOf } from "../images/import/errors.ts";
import { importTree } from "../images/import/import-tree.ts";
import { bytesIn } from "./bytes-in.ts";
import type { ChildMessage, ChildTask } from "./run-child.ts";

/**
 * Converts one upload in a process of its own: what a malformed file does to a decoder, it does here. Ends with its parent.
 */

/** Decoders of damaged files may ask for any amount. */
const MAX_RSS_BYTES = 2 * 2 ** 30;
const WATCH_MS = 500;

const say = (message: ChildMessage) => process.send?.(message);
process.on("disconnect", () => process.exit(1));
process.once("message", (task) => void work(task as ChildTask));

async function work(task: ChildTask): Promise<void> {
  const watch = setInterval(() => {
    if (process.memoryUsage.rss() < MAX_RSS_BYTES) return;
    say({
      type: "failed",
      error: {
        code: "too-large",
        message: `${task.name}: needs more than ${MAX_RSS_BYTES / 2 ** 30} GiB of memory.`,
        next: "Save it as a tiled, pyramidal TIFF or as OME-Zarr: `bioformats2raw in out.zarr`.",
      },
    });
    process.disconnect();
  }, WATCH_MS);
  try {
    await checkSum(task);
    const tree = await openTree(task.path, false, task.name);
    let said = 0;
    const { failures } = await importTree(tree, {
      imagesDir: task.imagesDir,
      importId: task.id,
      keepMetadata: task.keepMetadata,
      withAssociated: task.withAssociated,
      skip: new Set(task.done),
      onProgress(share) {
        if (share - said < 0.005) return;
        said = share;
        say({ type: "progress", share });
      },
      async onImage({ name, folder }) {
        say({ type: "image", name, folder, bytes: await bytesIn(folder) });
      },
    });
    await tree.close();
    say({ type: "done", failures: failures.map((error) => failureOf(error, task)) });
  } catch (cause) {
    say({ type: "failed", error: failureOf(importErrorOf(task.name, cause), task) });
  }
  clearInterval(watch);
  // Messages are sent before the channel closes.
  process.disconnect();
}

/** Paths of this machine are nobody's business: people know the name that they gave. */
function failureOf({ code, message, next }: ImportError, { path, name, imagesDir }: ChildTask) {
  const told = message.replaceAll(path, name).replaceAll(`${imagesDir}: `, "");
  return { code, message: told, ...(next && { next }) };
}

async function checkSum({ path, name, sha256 }: ChildTask): Promise<void> {
  if (sha256 === null) return;
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  if (hash.digest("hex") !== sha256)
    throw new ImportError("damaged", name, "arrived different from what was sent.", "Drop it again.");
}
