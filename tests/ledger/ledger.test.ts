import { expect, test } from "vitest";
import { canFillDisk } from "../support/faulty-server.ts";
import { postgresBin } from "../support/postgres.ts";
import { type BackendName, openBackend } from "./backends.ts";
import { runLedger, type Strikes } from "./run-ledger.ts";

/** COSCOPE_SEED repeats the strikes, their order and what is drawn; not the moments, which are the machine's. */
const SEED = Number(process.env["COSCOPE_SEED"] ?? Date.now() % 1_000_000);

const STRIKES: Strikes = {
  kill: 10,
  stall: 1,
  pause: 2,
  error: 2,
  giveUp: 1,
  full: 0,
  lostAnswer: 1,
  halfOpen: 2,
  reload: 3,
  skew: 2,
  cut: 0,
};

async function survive(name: BackendName, strikes: Strikes): Promise<void> {
  const backend = await openBackend(name);
  try {
    const counts = await runLedger(backend, {
      seed: SEED,
      strikes,
      clients: ["hocuspocus", "y-websocket", "hocuspocus", "y-websocket"],
    });
    expect(counts.strikes).toEqual(strikes);
    expect(counts.acknowledged).toBe(counts.operations);
    expect(counts.checks).toBe(strikes.kill + 1);
  } finally {
    await backend.remove();
  }
}

test(
  `PGlite: nothing acknowledged is lost or doubled, whatever strikes (seed ${SEED})`,
  {
    timeout: 900_000,
  },
  () => survive("PGlite", { ...STRIKES, full: canFillDisk ? 1 : 0 }),
);

test.skipIf(!postgresBin)(
  `PostgreSQL: nothing acknowledged is lost or doubled, whatever strikes (seed ${SEED})`,
  { timeout: 900_000 },
  () => survive("PostgreSQL", { ...STRIKES, cut: 2 }),
);
