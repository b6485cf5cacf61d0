import { PixelJobs } from "./pixel-jobs.ts";
import type { PixelAnswer, PixelRequest } from "./pixel-worker.ts";

const jobs = new PixelJobs();

addEventListener("message", ({ data }: MessageEvent<PixelRequest>) => {
  const answer = (result: PixelAnswer["result"]) =>
    postMessage({ id: data.id, result } satisfies PixelAnswer);
  try {
    switch (data.job) {
      case "open":
        jobs.open(data.seen);
        return answer(null);
      case "wand":
        return answer(jobs.wand(data.at, data.tolerance, data.simplifyPx, data.plane));
      case "path":
        return answer(jobs.path(data.from, data.to));
      case "outline":
        return answer(jobs.outline(data.ring, data.simplifyPx, data.plane));
    }
  } catch (error) {
    postMessage({ id: data.id, result: null, failed: String(error) } satisfies PixelAnswer);
  }
});
