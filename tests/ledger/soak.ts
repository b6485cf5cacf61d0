/**
 * `npm run soak -- [--kills 200] [--stalls 50] [--database pglite|postgres] [--minutes N]`: the ledger for long, on each
 * database. Prints one JSON line of counts a database; ends with 1 where something was lost. COSCOPE_SEED repeats it.
 */
import { parseArgs } from "node:util";
import { ensurePostgres } from "../../scripts/lib/postgres.mjs";
import { canFillDisk } from "../support/faulty-server.ts";
import type { BackendName } from "./backends.ts";

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "200" },
    stalls: { type: "string", default: "50" },
    database: { type: "string" },
    minutes: { type: "string" },
  },
});
const kills = Number(values.kills);
const stalls = Number(values.stalls);
const seed = Number(process.env["COSCOPE_SEED"] ?? Date.now() % 1_000_000);
const names: BackendName[] =
  values.database === "pglite"
    ? ["PGlite"]
    : values.database === "postgres"
      ? ["PostgreSQL"]
      : ["PGlite", "PostgreSQL"];
const minutesEach = values.minutes ? Number(values.minutes) / names.length : Number.POSITIVE_INFINITY;
if (names.includes("PostgreSQL")) {
  const found = ensurePostgres();
  if (found.bin === null) throw new Error(`No PostgreSQL: ${found.why}`);
}
// They look for it when they are loaded.
const { openBackend } = await import("./backends.ts");
const { runLedger } = await import("./run-ledger.ts");

for (const name of names) {
  console.error(`${name}: seed ${seed}, ${kills} kills, ${stalls} stalls`);
  const backend = await openBackend(name);
  const started = performance.now();
  const minutes = () => (performance.now() - started) / 60_000;
  try {
    const counts = await runLedger(backend, {
      seed,
      clients: ["hocuspocus", "y-websocket", "hocuspocus", "y-websocket", "hocuspocus"],
      // The others in proportion to the kills, as in `npm test`.
      strikes: {
        kill: kills,
        stall: stalls,
        pause: Math.ceil(kills / 5),
        error: Math.ceil(kills / 5),
        giveUp: Math.ceil(kills / 10),
        full: name === "PGlite" && canFillDisk ? Math.ceil(kills / 20) : 0,
        lostAnswer: Math.ceil(kills / 10),
        halfOpen: Math.ceil(kills / 5),
        reload: Math.ceil(kills / 4),
        skew: Math.ceil(kills / 10),
        cut: name === "PostgreSQL" ? Math.ceil(kills / 10) : 0,
      },
      enough: () => minutes() > minutesEach,
      say: (text) => console.error(`${minutes().toFixed(1)} min ${text}`),
    });
    console.log(JSON.stringify({ soak: name, seed, minutes: Number(minutes().toFixed(1)), ...counts }));
  } finally {
    await backend.remove();
  }
}
// Providers leave timers behind.
process.exit(0);
