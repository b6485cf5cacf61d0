import { existsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { FromWorker, ToWorker } from "@coscope/sync-server/encoder/messages.ts";

/**
 * Stands in for the encoder's worker: an image of 65536² of four channels, and regions that behave by their place.
 * Row 0: at once. Row 512: as long as the server lives. Row 1024: the process ends, each time. Row 1536: it ends the first time.
 * Row 2048: it computes and hears nothing. Row 2560: there is no runtime. Others: after 20 ms.
 */
const say = (message: FromWorker) => process.send?.(message);
process.on("disconnect", () => process.exit(0));

process.on("message", (message: ToWorker) => {
  if (message.type !== "work") return;
  const { id, task } = message;
  const done = (result: unknown) => say({ type: "done", id, result: result as never });
  if (task.kind === "describe") {
    const size = { width: 65_536, height: 65_536, sizeZ: 1, sizeT: 1 };
    done({ ...size, channels: 4, rgb: false, identity: "slow" });
  } else if (task.kind === "statistics") {
    const channels = task.channels.map((channel) => ({ channel, low: 0, high: 1 }));
    done({ channels, level: 0, z: 0, t: 0 });
  } else if (task.kind === "encode") {
    const answer = () => done({ bytes: gzipSync(JSON.stringify(task.cell)), readMs: 1, encodeMs: 1 });
    const { x, y } = task.cell;
    if (y === 0) answer();
    else if (y === 1024) process.exit(7);
    else if (y === 1536) {
      const marker = join(tmpdir(), `coscope-slow-worker-${process.ppid}-${x}`);
      if (existsSync(marker)) answer();
      else {
        writeFileSync(marker, "");
        process.exit(7);
      }
    } else if (y === 2560) {
      const error = { code: "ERR_DLOPEN_FAILED", message: "libonnxruntime.so.1: no such file" };
      say({ type: "failed", id, error });
    } else if (y === 2048) for (;;);
    else if (y !== 512) setTimeout(answer, 20);
  } else done(null);
});
say({ type: "ready" });
