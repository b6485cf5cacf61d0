import { checkDocument, contentHash } from "@coscope/annotations";
import * as Y from "yjs";
import { comeIn, until } from "../server/harness.ts";
import type { FaultyServer } from "../support/faulty-server.ts";
import { FlakyProxy } from "../support/proxy.ts";
import type { Backend, Stored } from "./backends.ts";
import { contentsOf, Drawer } from "./drawer.ts";
import { type ClientKind, openLine } from "./lines.ts";
import { type Random, randomOf, shuffled } from "./random.ts";

/** How often each nemesis strikes. */
export interface Strikes {
  /** SIGKILL, sometimes while commits wait or right after an answer was lost. */
  readonly kill: number;
  /** The database answers nothing for five seconds, neither commits nor loads nor joins. */
  readonly stall: number;
  /** SIGSTOP, and SIGCONT after a while. */
  readonly pause: number;
  /** A few attempts to commit fail; or the log's table is away for a while, which loads and joins meet too. */
  readonly error: number;
  /** As many fail as make the server give a room up. */
  readonly giveUp: number;
  /** A commit is written and reported as failed. */
  readonly lostAnswer: number;
  /** Nothing can be written to any file for a while, as on a full disk: the built-in database gives up and recovers. */
  readonly full: number;
  /** Sockets that stay open and carry nothing; cut after a while. */
  readonly halfOpen: number;
  /** Somebody's page is reloaded with work not saved yet. */
  readonly reload: number;
  /** The server's clock jumps, forward or back. */
  readonly skew: number;
  /** The server's connections to the database are cut. */
  readonly cut: number;
}

export interface LedgerPlan {
  readonly seed: number;
  readonly strikes: Strikes;
  readonly clients: readonly ClientKind[];
  /** Ends early, with everything checked all the same, once true. */
  readonly enough?: () => boolean;
  readonly say?: (text: string) => void;
}

export interface LedgerCounts {
  readonly strikes: Record<keyof Strikes, number>;
  operations: number;
  acknowledged: number;
  replayed: number;
  annotations: number;
  rows: number;
  /** Times that acknowledged operations were looked for in the database. */
  checks: number;
}

const STALL_MS = 5_000;
/** A stop of the server is noticed by nobody's timeout and must be over before the next strike. */
const PAUSE_MS = 1_200;
const DAY_MS = 86_400_000;
const PATIENCE_MS = 120_000;

/**
 * People of both kinds draw on one layer while things go wrong. After each SIGKILL, before anybody can send anything
 * again, all that was acknowledged must be in the database; in the end all that was ever drawn, once, with everybody.
 * Throws where something is not as promised.
 */
export async function runLedger(backend: Backend, plan: LedgerPlan): Promise<LedgerCounts> {
  const run = new Run(backend, plan);
  try {
    await run.begin();
    await run.strike();
    await run.settle();
    return run.counts;
  } finally {
    await run.end();
  }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

class Run {
  readonly counts: LedgerCounts;
  readonly #backend: Backend;
  readonly #plan: LedgerPlan;
  readonly #random: Random;
  readonly #drawers: Drawer[] = [];
  #proxy!: FlakyProxy;
  #server!: FaultyServer;
  #layerId = "";
  #room = "";

  constructor(backend: Backend, plan: LedgerPlan) {
    this.#backend = backend;
    this.#plan = plan;
    this.#random = randomOf(plan.seed);
    const none = Object.fromEntries(Object.keys(plan.strikes).map((name) => [name, 0]));
    this.counts = {
      strikes: none as Record<keyof Strikes, number>,
      operations: 0,
      acknowledged: 0,
      replayed: 0,
      annotations: 0,
      rows: 0,
      checks: 0,
    };
  }

  async begin(): Promise<void> {
    this.#proxy = await FlakyProxy.start();
    await this.#launch();
    const people = await Promise.all(this.#plan.clients.map((_, i) => comeIn(this.#proxy, `Person ${i}`)));
    const { id, room } = await people[0]!.newLayer();
    this.#layerId = id;
    this.#room = room;
    this.#plan.clients.forEach((kind, i) => {
      this.#drawers.push(new Drawer(kind, people[i]!, room, randomOf(this.#plan.seed + 1 + i)));
    });
    await Promise.all(this.#drawers.map((drawer) => drawer.open()));
  }

  async strike(): Promise<void> {
    const names = Object.entries(this.#plan.strikes) as [keyof Strikes, number][];
    const order = shuffled(
      names.flatMap(([name, count]) => Array.from({ length: count }, () => name)),
      this.#random,
    );
    for (const [i, name] of order.entries()) {
      if (this.#plan.enough?.()) break;
      await this.#progress();
      await this.#nemeses[name]();
      this.counts.strikes[name]++;
      this.#plan.say?.(`${i + 1}/${order.length} ${name}; ${this.#sum("acknowledged")} acknowledged`);
    }
    await this.#progress();
  }

  /** Everybody has had something acknowledged since. */
  async #progress(): Promise<void> {
    const before = this.#drawers.map(({ acknowledged }) => acknowledged);
    const more = 1 + Math.floor(this.#random() * 5);
    await until(
      () => this.#refusals() || this.#drawers.every((one, i) => one.acknowledged >= before[i]! + more),
      PATIENCE_MS,
    ).catch((error: Error) => {
      const states = this.#drawers.map(({ state }) => state).join("\n");
      throw new Error(`${error.message}\n${states}\n${this.#server.output.slice(-4_000)}`);
    });
    if (this.#refusals()) throw new Error(`The server refused what is right: ${this.#refusals()}`);
  }

  #refusals = () => this.#drawers.flatMap(({ refusals }) => refusals).join("; ");

  readonly #nemeses: Record<keyof Strikes, () => Promise<void>> = {
    kill: async () => {
      const how = this.#random();
      let release: () => Promise<unknown> = async () => {};
      if (how < 0.15) await this.#server.stall();
      else if (how < 0.3) release = await this.#backend.stall(this.#server);
      else if (how < 0.5) await this.#server.loseAnswers(1);
      await pause(this.#random() * 120);
      await this.#server.signal("SIGKILL");
      this.#proxy.target = null;
      await release();
      await this.#checkStored();
      await this.#launch();
    },
    stall: async () => {
      const release = await this.#backend.stall(this.#server);
      await pause(STALL_MS);
      await release();
    },
    pause: async () => {
      await this.#server.signal("SIGSTOP");
      await pause(100 + this.#random() * PAUSE_MS);
      await this.#server.signal("SIGCONT");
    },
    error: async () => {
      if (this.#random() < 0.5) await this.#server.failNext(1 + Math.floor(this.#random() * 3));
      else await this.#server.refuse(100 + this.#random() * 1_200);
    },
    giveUp: async () => void (await this.#server.failNext(4)),
    full: async () => {
      this.#server.fillDisk();
      await pause(300 + this.#random() * 1_500);
      this.#server.freeDisk();
    },
    lostAnswer: async () => void (await this.#server.loseAnswers(1)),
    halfOpen: async () => {
      const cut = this.#proxy.swallow(() => this.#random() < 0.5);
      await pause(300 + this.#random() * 1_500);
      cut();
    },
    reload: async () => {
      const who = this.#drawers[Math.floor(this.#random() * this.#drawers.length)]!;
      // Half of the time what it drew last has not left the page: the outbox alone has it.
      const cut = this.#random() < 0.5 ? this.#proxy.swallow(() => true) : null;
      if (cut) await pause(300);
      const back = who.reload();
      cut?.();
      await back;
    },
    skew: async () => void (await this.#server.skew(Math.round((this.#random() - 0.5) * 2 * DAY_MS))),
    cut: () => this.#backend.cut(),
  };

  async #launch(): Promise<void> {
    this.#server = await this.#backend.launch();
    this.#proxy.target = Number(new URL(this.#server.url).port);
  }

  /** With the server dead nobody can send again what the database has lost. */
  async #checkStored(): Promise<Stored> {
    const stored = await this.#backend.read(this.#layerId);
    this.counts.checks++;
    const vector = Y.decodeStateVector(Y.encodeStateVector(stored.doc));
    const origin = stored.doc.getMap("origin");
    for (const { ledger, kind, doc } of this.#drawers) {
      // Clocks say that something is there; whether it is the same is seen where both have it.
      if (hashOfBoth(stored.doc, doc) !== hashOfBoth(doc, stored.doc))
        throw new Error(`The database and a document (${kind}) hold different things under the same clocks.`);
      for (const [stamp, { acknowledged, yielded, clientId, clockTo, id, type }] of ledger) {
        if (!acknowledged || yielded) continue;
        if (!origin.has(id) || (vector.get(clientId) ?? 0) < clockTo)
          throw new Error(
            `${type} ${stamp} of ${id} (${kind}) was acknowledged, and is not in the database.`,
          );
      }
    }
    return stored;
  }

  /** No more strikes: everything sent must be acknowledged, and be everywhere, once. */
  async settle(): Promise<void> {
    for (const drawer of this.#drawers) drawer.rest();
    await until(() => this.#drawers.every(({ allAcknowledged }) => allAcknowledged), PATIENCE_MS);
    const hash = () => new Set(this.#drawers.map(({ doc }) => contentHash(doc)));
    await until(() => hash().size === 1, PATIENCE_MS);

    // The server's own document, through both doors; then the one that it loads from snapshots and rows.
    const kinds = ["hocuspocus", "y-websocket"] as const;
    const live = await Promise.all(kinds.map((kind) => this.#fresh(kind)));
    if ((await this.#server.signal("SIGTERM")) !== 0) throw new Error(this.#server.output);
    this.#proxy.target = null;
    const stored = await this.#checkStored();
    await this.#launch();
    const loaded = await this.#fresh("hocuspocus");
    const all = [stored.doc, loaded, ...live, ...this.#drawers.map(({ doc }) => doc)];
    const hashes = new Set(all.map((doc) => contentHash(doc)));
    if (hashes.size !== 1) throw new Error(`Replicas, server and database differ: ${[...hashes]}`);

    this.#checkOnce(stored);
    this.counts.rows = stored.rows;
    this.counts.operations = this.#drawers.reduce((sum, { ledger }) => sum + ledger.size, 0);
    this.counts.acknowledged = this.#sum("acknowledged");
    this.counts.replayed = this.#sum("replayed");
    if (this.counts.operations !== this.counts.acknowledged) throw new Error("Not all was acknowledged.");
  }

  /** Moves are by one pixel each and only their author's: one that was applied twice, or not at all, shows. */
  #checkOnce({ doc, userIds }: Stored): void {
    const contents = contentsOf(doc);
    const everything = new Set<string>();
    for (const { expected, person } of this.#drawers) {
      for (const [id, { removed, x, label }] of expected) {
        everything.add(id);
        const found = contents.get(id);
        if (removed ? found : !found || found.x !== x || found.label !== label)
          throw new Error(
            `${id} is ${JSON.stringify(found)}, and should be ${JSON.stringify({ removed, x, label })}.`,
          );
      }
      userIds.has(person.user.id) || fail(`Nothing in the log is ${person.user.name}'s.`);
    }
    const { annotations } = checkDocument(doc);
    if (annotations !== everything.size) fail(`${annotations} annotations; ${everything.size} were drawn.`);
    this.counts.annotations = annotations;
  }

  async #fresh(kind: ClientKind): Promise<Y.Doc> {
    // A kept-alive connection may lead to the server that is gone.
    const comeInAgain = () => comeIn(this.#proxy, "Reader");
    const person = await comeInAgain().catch(comeInAgain).catch(comeInAgain);
    const doc = new Y.Doc();
    const onRefused = (why: string) => fail(why);
    const line = openLine(kind, person, this.#room, doc, { onDurable: () => {}, onRefused });
    const wanted = contentHash(this.#drawers[0]!.doc);
    try {
      await until(() => line.synced && contentHash(doc) === wanted, 30_000);
    } finally {
      line.destroy();
    }
    return doc;
  }

  #sum(what: "acknowledged" | "replayed"): number {
    return this.#drawers.reduce((sum, drawer) => sum + drawer[what], 0);
  }

  async end(): Promise<void> {
    for (const drawer of this.#drawers) drawer.leave();
    await this.#server?.signal("SIGKILL");
    await this.#proxy?.stop();
  }
}

/** Content hash of what the first has, and from the second only what the first has not. */
function hashOfBoth(first: Y.Doc, second: Y.Doc): string {
  const both = new Y.Doc();
  for (const doc of [first, second]) Y.applyUpdate(both, Y.encodeStateAsUpdate(doc));
  const hash = contentHash(both);
  both.destroy();
  return hash;
}

function fail(message: string): never {
  throw new Error(message);
}
