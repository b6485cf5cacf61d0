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

/** Ends the transaction that keeps everybody else from the database. */
let letGo = () => {};

/** The one connection of the built-in database is somebody's, who takes their time. */
function hold(): Promise<void> {
  return new Promise((held) => {
    const over = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const holding = server.store.db.transaction(async () => {
      held();
      await over;
    });
    // Its thread may have died meanwhile.
    holding.catch(() => held());
  });
}

async function refuse(ms: number): Promise<void> {
  const rename = (from: string, to: string) => server.store.db.execute(`alter table ${from} rename to ${to}`);
  await rename("document_updates", "document_updates_away");
  await new Promise((resolve) => setTimeout(resolve, ms));
  await rename("document_updates_away", "document_updates");
}

// A limit of the size of files stands for a full disk: what is written to one fails, and this must not end us.
process.on("SIGXFSZ", () => {});

process.on("message", async ({ id, fault, count }: FaultMessage) => {
  if (fault === "stall") faults.stall();
  else if (fault === "hold") await hold();
  else if (fault === "release") {
    faults.release();
    letGo();
  } else if (fault === "refuse") await refuse(count);
  else if (fault === "fail") faults.failNext(count);
  else if (fault === "lose-answers") faults.loseAnswers(count);
  else if (fault === "skew") skewMs = count;
  process.send!({ id, attempts: faults.attempts });
});
process.once("SIGTERM", () => {
  faults.release();
  letGo();
  void server.close().then(() => process.exit(0));
});
