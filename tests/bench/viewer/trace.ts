import type { Page } from "playwright";

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  /** µs, wall clock. */
  readonly ts: number;
  readonly dur?: number;
  /** µs of processor time of the thread: free of waiting for a core on a busy machine. */
  readonly tdur?: number;
  readonly args?: { data?: { frame?: string }; name?: string };
}

/** Entries into JavaScript on the main thread; nested ones are counted once. */
const SCRIPT = new Set(["FunctionCall", "EvaluateScript", "RunMicrotasks", "v8.callFunction"]);

/**
 * Milliseconds of processor time that JavaScript took on the page's main
 * thread in each animation frame while `run` ran: callbacks, messages from
 * workers, timers and microtasks, from one frame's begin to the next's.
 */
export async function mainThreadFrames(page: Page, run: () => Promise<unknown>): Promise<number[]> {
  const browser = page.context().browser()!;
  await browser.startTracing(page, {
    categories: ["devtools.timeline", "v8.execute", "disabled-by-default-devtools.timeline", "__metadata"],
  });
  await run();
  const buffer = await browser.stopTracing();
  const { traceEvents } = JSON.parse(buffer.toString()) as { traceEvents: TraceEvent[] };
  return frameCosts(traceEvents);
}

/** Of the renderer thread that ran most animation frames. A frame ends where its picture is handed on. */
function frameCosts(events: readonly TraceEvent[]): number[] {
  const threads = new Map<string, number>();
  const keyOf = ({ pid, tid }: TraceEvent) => `${pid}:${tid}`;
  for (const event of events) {
    if (event.name !== "FireAnimationFrame") continue;
    threads.set(keyOf(event), (threads.get(keyOf(event)) ?? 0) + 1);
  }
  const main = [...threads].sort((a, b) => b[1] - a[1])[0]?.[0];
  if (!main) throw new Error("the trace holds no animation frame");
  const own = events.filter((event) => keyOf(event) === main && event.ph === "X").sort((a, b) => a.ts - b.ts);
  const costs: number[] = [];
  let cost = 0;
  let until = 0;
  for (const { name, ts, dur = 0, tdur } of own) {
    if (name === "Commit") {
      costs.push(cost);
      cost = 0;
    } else if (SCRIPT.has(name) && ts >= until) {
      until = ts + dur;
      cost += (tdur ?? dur) / 1000;
    }
  }
  return costs;
}
