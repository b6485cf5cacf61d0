import { rmSync } from "node:fs";
import { checkDocument, contentHash, createLayerDocument, execute, makeReclass } from "@coscope/annotations";
import { openPgliteStore } from "@coscope/sync-server/store/store.ts";
import { afterAll, expect, test } from "vitest";
import * as Y from "yjs";
import { ServerProcess } from "../server/child.ts";
import { comeIn, JoinedRoom, type Person, until } from "../server/harness.ts";
import { freshDataDir } from "../server/template.ts";

/**
 * Nemesis: SIGKILL while two people draw. Each writes down what it was told is saved, by the durable state vector;
 * afterwards all of it must be in the database and with everybody, once. COSCOPE_KILLS sets how often.
 */
const KILLS = Number(process.env["COSCOPE_KILLS"] ?? 10);
const SEED = Number(process.env["COSCOPE_SEED"] ?? Date.now() % 1_000_000);

let running: ServerProcess | null = null;
let data = "";
afterAll(async () => {
  await running?.signal("SIGKILL");
  if (data) rmSync(data, { recursive: true, force: true });
});

function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state >>> 0) / 2 ** 32;
  };
}

/** Draws without pause, and remembers what was acknowledged. */
class Writer {
  readonly joined: JoinedRoom;
  /** Annotation id → clock of this writer's document after it was added. */
  readonly sent = new Map<string, number>();
  readonly acknowledged = new Set<string>();
  #timer: NodeJS.Timeout | null = null;

  constructor(person: Person, room: string, random: () => number) {
    this.joined = person.join(room);
    this.joined.provider.on("stateless", () => this.#note());
    const draw = () => {
      const id = this.joined.add(Math.floor(random() * 60_000));
      if (random() < 0.3) execute(createLayerDocument(this.joined.doc), makeReclass([id], "later"), "test");
      this.sent.set(id, this.joined.ownClock);
      this.#timer = setTimeout(draw, random() * 40);
    };
    draw();
  }

  #note(): void {
    const clock = this.joined.durable.get(this.joined.doc.clientID) ?? 0;
    for (const [id, needed] of this.sent) if (needed <= clock) this.acknowledged.add(id);
  }

  stop(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
  }

  get allAcknowledged(): boolean {
    this.#note();
    return this.acknowledged.size === this.sent.size;
  }
}

test(`no acknowledged edit is lost or doubled by ${KILLS} kills (seed ${SEED})`, {
  timeout: 60_000 + KILLS * 30_000,
}, async () => {
  const random = randomOf(SEED);
  data = await freshDataDir();
  running = await ServerProcess.start(["--port", "0", "--data", data]);
  const port = new URL(running.url).port;
  const [ada, bob] = [await comeIn(running, "Ada"), await comeIn(running, "Bob")];
  const { id: layerId, room } = await ada.newLayer();
  const writers = [new Writer(ada, room, random), new Writer(bob, room, random)];
  const ledger = new Set<string>();

  for (let kill = 0; kill < KILLS; kill++) {
    // Both have had something acknowledged by this life of the server, and more is on its way.
    const before = writers.map((writer) => writer.acknowledged.size);
    const enough = 3 + Math.floor(random() * 20);
    await until(() => writers.every((writer, i) => writer.acknowledged.size >= before[i]! + enough), 60_000);
    await running.signal("SIGKILL");
    for (const writer of writers) for (const id of writer.acknowledged) ledger.add(id);

    // What the database has, before anybody can send it again.
    const stored = await readStored(data, layerId);
    const lost = [...ledger].filter((id) => !stored.getMap("origin").has(id));
    expect(lost, `acknowledged and lost after kill ${kill + 1}`).toEqual([]);
    running = await ServerProcess.start(["--port", port, "--data", data]);
  }

  for (const writer of writers) writer.stop();
  await until(() => writers.every((writer) => writer.allAcknowledged), 60_000);
  const sent = writers.flatMap((writer) => [...writer.sent.keys()]);
  await until(() => writers.every(({ joined }) => sent.every(joined.has)), 60_000);

  const reader = new JoinedRoom(await comeIn(running, "Reader"), room, new Y.Doc());
  await until(() => sent.every(reader.has));
  reader.destroy();
  for (const { joined } of writers) joined.destroy();
  expect(await running.signal("SIGTERM")).toBe(0);

  const stored = await readStored(data, layerId);
  const documents = [reader.doc, stored, ...writers.map(({ joined }) => joined.doc)];
  expect(new Set(documents.map((doc) => contentHash(doc))).size).toBe(1);
  // None twice, and nothing that nobody drew.
  expect(checkDocument(stored)).toEqual({ annotations: sent.length });
  expect(new Set(stored.getMap("origin").keys())).toEqual(new Set(sent));
  expect(stored.store.pendingStructs).toBeNull();
});

/** The document as the database alone gives it: every row from the first, without snapshots. */
async function readStored(dataDir: string, layerId: string): Promise<Y.Doc> {
  const store = await openPgliteStore(dataDir);
  try {
    const rows = await store.db.query.documentUpdate.findMany({
      where: (row, { eq }) => eq(row.layerId, layerId),
      orderBy: (row, { asc }) => asc(row.sequence),
    });
    expect(rows.map((row) => row.sequence)).toEqual(rows.map((_, i) => i + 1));
    const doc = new Y.Doc();
    for (const row of rows) Y.applyUpdate(doc, row.bytes);
    return doc;
  } finally {
    await store.close();
  }
}
