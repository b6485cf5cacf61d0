// The server as `main.ts` starts it, with a store that a test can stall and fail from outside: `FaultyServer` sends
// the messages. Takes the same arguments.
import { openBlobs } from "@coscope/sync-server/blobs/open-blobs.ts";
import { readConfig } from "@coscope/sync-server/config.ts";
import { createLog } from "@coscope/sync-server/log.ts";
import { startServer } from "@coscope/sync-server/server.ts";
import { StoreFaults } from "./faults.ts";
import type { FaultMessage } from "./faulty-server.ts";

/** The wall clock jumps by this; what Node's timers and performance.now() follow does not. */
let skewMs = 0;
const RealDate = Date;
globalThis.Date = class extends RealDate {
  constructor(...args: unknown[]) {
    // @ts-expect-error: whatever Date takes.
    super(...(args.length === 0 ? [RealDate.now() + skewMs] : args));
  }
  static override now = () => RealDate.now() + skewMs;
} as DateConstructor;

const config = readConfig(process.argv.slice(2), process.env, process.cwd());
if (config === "help") throw new Error("no help here");
const faults = new StoreFaults();
const server = await startServer(config, {
  log: createLog(config.logLevel),
  blobs: await openBlobs(config.dataDir, process.env),
  aroundCommit: faults.aroundCommit,
});
console.log(`Coscope is at ${server.url}`);

process.on("message", ({ id, fault, count }: FaultMessage) => {
  if (fault === "stall") faults.stall();
  else if (fault === "release") faults.release();
  else if (fault === "fail") faults.failNext(count);
  else if (fault === "lose-answers") faults.loseAnswers(count);
  else if (fault === "skew") skewMs = count;
  process.send!({ id, attempts: faults.attempts });
});
process.once("SIGTERM", () => {
  faults.release();
  void server.close().then(() => process.exit(0));
});
