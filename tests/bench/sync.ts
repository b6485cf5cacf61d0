import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { PostgresServer, postgresBin } from "../support/postgres.ts";
import { type Bench, lowerIsBetter, type Metric, quantile } from "./metric.ts";
import { type Candidate, startOurs, startStock } from "./sync/candidates.ts";
import { Crowd, type CrowdPlan, Samples } from "./sync/crowd.ts";

/** How a crowd is spread, and how much it draws. */
interface Scene {
  readonly label: string;
  readonly people: number;
  readonly rooms: number;
  readonly editsPerSecond: number;
  readonly rounds: number;
  readonly roundMs: number;
  /** What the promise is about; the others show how it grows. */
  readonly promised: boolean;
}

/** On the built-in database our p99 may be so many times stock's. */
const ALLOWED = 1.5;
/** Seats a person takes where there are many rooms: then everybody has a colleague in each. */
const PER_ROOM = 2;
const PROBE_EVERY_MS = 50;

/**
 * From one person's edit to a colleague having it: ours, which shows only what the database has, against stock
 * Hocuspocus with its database extension, which stores seconds later. Both are processes of their own on the same
 * kind of database; rounds alternate, so that the machine's noise meets both.
 */
export const bench: Bench = async ({ quick }) => {
  const everybody: Scene = {
    label: "20 people, one room, 200 edits/s",
    people: 20,
    rooms: 1,
    editsPerSecond: 10,
    rounds: quick ? 3 : 10,
    roundMs: quick ? 2_000 : 5_000,
    promised: true,
  };
  const growth: Scene[] = quick
    ? []
    : [
        {
          ...everybody,
          label: "100 people, one room, 100 edits/s",
          people: 100,
          editsPerSecond: 1,
          rounds: 4,
          promised: false,
        },
        {
          ...everybody,
          label: "1,000 rooms, 40 people, 200 edits/s",
          people: 40,
          rooms: 1_000,
          editsPerSecond: 5,
          rounds: 4,
          promised: false,
        },
      ];
  const metrics: Metric[] = [];
  const folder = mkdtempSync(join(tmpdir(), "coscope-bench-"));
  const postgres = postgresBin ? await PostgresServer.start({ fsync: true }) : null;
  if (!postgres) console.error("No PostgreSQL found: the built-in database alone.");
  try {
    for (const kind of postgres ? (["PGlite", "PostgreSQL"] as const) : (["PGlite"] as const)) {
      const url = async () => (kind === "PGlite" ? undefined : await postgres!.createDatabase());
      const ours = await startOurs("ours", join(folder, `ours-${kind}`), await url());
      const stock = await startStock("stock", join(folder, `stock-${kind}`), await url());
      try {
        const probe = kind === "PGlite" ? null : await startProbe(await postgres!.createDatabase());
        for (const scene of [everybody, ...growth])
          metrics.push(...(await compare(kind, scene, ours, stock, scene.promised ? probe : null)));
        await probe?.stop();
      } finally {
        await Promise.all([ours.stop(), stock.stop()]);
      }
    }
    return metrics;
  } finally {
    await postgres?.remove();
    rmSync(folder, { recursive: true, force: true });
  }
};

async function compare(
  kind: string,
  scene: Scene,
  ours: Candidate,
  stock: Candidate,
  probe: Probe | null,
): Promise<Metric[]> {
  const places = await Promise.all(
    [ours, stock].map(async (candidate) => ({
      candidate,
      crowd: await Crowd.gather(candidate, planOf(scene, await candidate.newRooms(scene.rooms))),
      samples: new Samples(),
      lost: 0,
      cpuMs: 0,
    })),
  );
  try {
    // What is compiled and opened only once is not what a day's work waits for.
    for (const { crowd } of places) await crowd.draw(new Samples(), scene.editsPerSecond, 1_000);
    for (let round = 0; round < scene.rounds; round++) {
      for (const place of round % 2 === 0 ? places : places.toReversed()) {
        const before = cpuMs(place.candidate.pid);
        if (place.candidate === ours) probe?.go();
        await place.crowd.draw(place.samples, scene.editsPerSecond, scene.roundMs);
        probe?.pause();
        place.cpuMs += cpuMs(place.candidate.pid) - before;
        place.lost += place.crowd.missing();
      }
    }
    for (const { crowd, candidate } of places)
      if (!crowd.agree()) throw new Error(`${candidate.name}: people in one room hold different things.`);
    const [own, peer] = places as [(typeof places)[0], (typeof places)[0]];
    if (own.crowd.unsaved > 0) throw new Error(`${own.crowd.unsaved} edits were never said to be saved.`);
    const name = `${kind}, ${scene.label}`;
    const seen = (share: number) =>
      lowerIsBetter(
        `${name}: edit → colleague, p${share * 100}`,
        ms(quantile(own.samples.seen, share)),
        ms(quantile(peer.samples.seen, share)),
        "ms",
      );
    const saved = (share: number) =>
      lowerIsBetter(
        `${name}: edit → saved, p${share * 100}`,
        ms(quantile(own.samples.saved, share)),
        null,
        "ms",
      );
    const metrics = [
      seen(0.5),
      seen(0.95),
      seen(0.99),
      saved(0.5),
      saved(0.95),
      saved(0.99),
      lowerIsBetter(`${name}: lost`, own.lost, peer.lost, "edits"),
      lowerIsBetter(
        `${name}: CPU of the server`,
        ms(own.cpuMs / own.samples.edits),
        ms(peer.cpuMs / peer.samples.edits),
        "ms/edit",
      ),
    ];
    const [ownP99, peerP99] = [own, peer].map(({ samples }) => quantile(samples.seen, 0.99)) as [
      number,
      number,
    ];
    const promise = (what: string, allowed: number) =>
      metrics.push({
        ...lowerIsBetter(`${name}: edit → colleague p99 against ${what}`, ms(ownP99), ms(allowed), "ms"),
        allowed: ms(allowed),
      });
    if (probe) {
      const commit = quantile(probe.samples, 0.99);
      metrics.push(lowerIsBetter(`${name}: a plain commit meanwhile, p99`, ms(commit), null, "ms"));
      promise("stock's and two commits", peerP99 + 2 * commit);
    } else if (kind === "PGlite" && scene.promised) promise(`${ALLOWED} times stock's`, ALLOWED * peerP99);
    for (const metric of metrics)
      console.error(`${metric.metric}: ${metric.ours} against ${metric.peer ?? "–"} ${metric.unit}`);
    return metrics;
  } finally {
    for (const { crowd } of places) crowd.leave();
  }
}

function planOf({ people, rooms: count }: Scene, rooms: readonly string[]): CrowdPlan {
  const each = (count * PER_ROOM) / people;
  return {
    people,
    rooms,
    // Neighbours share rooms: person p sits in those of its own stretch and of the next one's.
    seatsOf: (person) =>
      count === 1
        ? [0]
        : Array.from({ length: each }, (_, i) => (Math.floor((person * each) / PER_ROOM) + i) % count),
  };
}

interface Probe {
  readonly samples: number[];
  go(): void;
  pause(): void;
  stop(): Promise<void>;
}

/** Commits one small row every 50 ms while it goes: what the database takes for anything durable at those moments. */
async function startProbe(url: string): Promise<Probe> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query("create table probe (id serial primary key, bytes bytea not null)");
  const samples: number[] = [];
  let going = false;
  let stopped = false;
  const loop = (async () => {
    while (!stopped) {
      await new Promise((resolve) => setTimeout(resolve, PROBE_EVERY_MS));
      if (!going) continue;
      const start = performance.now();
      await client.query("insert into probe (bytes) values ($1)", [Buffer.alloc(120)]);
      samples.push(performance.now() - start);
    }
  })();
  return {
    samples,
    go: () => {
      going = true;
    },
    pause: () => {
      going = false;
    },
    async stop() {
      stopped = true;
      await loop;
      await client.end();
    },
  };
}

/** Time that a process has had on a processor, or 0 where the system does not say. */
function cpuMs(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ");
    // utime and stime, in hundredths of a second on Linux.
    return 10 * (Number(fields[11]) + Number(fields[12]));
  } catch {
    return 0;
  }
}

const ms = (value: number) => Math.round(100 * value) / 100;
