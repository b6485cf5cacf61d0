import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { contentHash, createLayerDocument, execute, makeAdd, makeMove } from "@coscope/annotations";
import { createSessions } from "@coscope/sync-server/access/sessions.ts";
import { createFileBlobs } from "@coscope/sync-server/blobs/file-blobs.ts";
import { createDocuments, type Documents } from "@coscope/sync-server/store/documents.ts";
import { createLayer } from "@coscope/sync-server/store/layers.ts";
import { openStore, type Store } from "@coscope/sync-server/store/store.ts";
import { ensureDefaults } from "@coscope/sync-server/store/workspaces.ts";
import { sql } from "drizzle-orm";
import * as Y from "yjs";
import { PostgresServer, postgresBin } from "../support/postgres.ts";
import { type Bench, lowerIsBetter, type Metric, quantile } from "./metric.ts";

const EDITS = 10_000;
/** Annotations that the edits are about; the rest of the edits moves them. */
const ANNOTATIONS = 200;
/** Edits in one commit when people draw at once. */
const GROUP = 20;

/**
 * The log on both databases: a durable commit against one plain INSERT of the same bytes, the least that the database
 * takes for anything durable; and a layer with a long history loaded as the server does, against all of its rows.
 */
export const bench: Bench = async ({ quick }) => {
  const metrics: Metric[] = [];
  const folder = mkdtempSync(join(tmpdir(), "coscope-bench-"));
  const postgres = postgresBin ? await PostgresServer.start({ fsync: true }) : null;
  if (!postgres) console.error("No PostgreSQL found: the built-in database alone.");
  try {
    metrics.push(...(await measure("PGlite", { dataDir: join(folder, "pglite") }, quick)));
    if (postgres) {
      const databaseUrl = await postgres.createDatabase();
      metrics.push(
        ...(await measure("PostgreSQL", { dataDir: join(folder, "postgres"), databaseUrl }, quick)),
      );
    }
    return metrics;
  } finally {
    await postgres?.remove();
    rmSync(folder, { recursive: true, force: true });
  }
};

async function measure(
  name: string,
  place: { dataDir: string; databaseUrl?: string },
  quick: boolean,
): Promise<Metric[]> {
  const store = await openStore(place);
  try {
    await ensureDefaults(store.db);
    const { actor } = await createSessions(store.db).startGuest({ name: "Bench", color: "#56b4e9" });
    const userId = actor.user.id;
    const { doc, updates } = history(userId);
    const metrics = await commits(name, store, userId, updates, quick ? 200 : 1_000);
    const documents = createDocuments(store.db, {
      documentLog: store.documentLog,
      blobs: createFileBlobs(join(place.dataDir, "blobs")),
      fold: async (updates) => foldOf(updates),
    });
    return [...metrics, ...(await loading(name, store, documents, userId, doc, updates, quick ? 3 : 9))];
  } finally {
    await store.close();
  }
}

/** A layer on which one person drew a little and moved things about for long, one update an edit. */
function history(author: string): { doc: Y.Doc; updates: Uint8Array[] } {
  const doc = new Y.Doc();
  const layer = createLayerDocument(doc);
  const updates: Uint8Array[] = [];
  doc.on("update", (update: Uint8Array) => updates.push(update));
  const ids: string[] = [];
  for (let i = 0; i < EDITS; i++) {
    if (i >= ANNOTATIONS) {
      execute(layer, makeMove([ids[i % ANNOTATIONS]!], 1, 1), "bench");
      continue;
    }
    const points = Array.from({ length: 40 }, (_, k) => [
      100 * i + 30 * Math.cos(k / 6.4),
      30 * Math.sin(k / 6.4),
    ]).flat();
    const geometry = { kind: "polygon", plane: { z: 0, t: 0 }, parts: [[points]] } as const;
    const command = makeAdd({ author, annotations: [{ geometry, classId: null }] });
    execute(layer, command, "bench");
    ids.push(command.annotations[0]!.id);
  }
  return { doc, updates };
}

const newLayer = (store: Store, userId: string) =>
  createLayer(store.db, { imageId: "demo", name: "bench", createdBy: userId });

function foldOf(updates: readonly Uint8Array[]): Uint8Array {
  const doc = new Y.Doc();
  for (const update of updates) Y.applyUpdate(doc, update);
  return Y.encodeStateAsUpdate(doc);
}

async function commits(
  name: string,
  store: Store,
  userId: string,
  updates: readonly Uint8Array[],
  count: number,
): Promise<Metric[]> {
  const { id: layerId } = await newLayer(store, userId);
  const entry = (bytes: Uint8Array) => ({ layerId, epoch: 1, bytes, userId, clientIds: [1], claims: [] });
  await store.db.execute(sql`create table plain (id serial primary key, bytes bytea not null)`);
  const [single, grouped, plain]: [number[], number[], number[]] = [[], [], []];
  const timed = async (samples: number[], work: () => Promise<unknown>) => {
    const start = performance.now();
    await work();
    samples.push(performance.now() - start);
  };
  // In turns, so that all three see the same moments of the machine.
  for (let i = 0; i < count; i++) {
    const bytes = updates[i]!;
    const append = (some: readonly Uint8Array[]) => store.documentLog.append(some.map(entry));
    await timed(single, () => append([bytes]));
    await timed(grouped, () => append(updates.slice(i, i + GROUP)));
    await timed(plain, () => store.db.execute(sql`insert into plain (bytes) values (${Buffer.from(bytes)})`));
  }
  await store.db.execute(sql`drop table plain`);
  return [0.5, 0.95].flatMap((share) => {
    const label = `p${share * 100}`;
    const floor = quantile(plain, share);
    return [
      lowerIsBetter(`${name}: commit of one edit, ${label}`, quantile(single, share), floor, "ms"),
      lowerIsBetter(`${name}: commit of ${GROUP} edits, ${label}`, quantile(grouped, share), floor, "ms"),
    ];
  });
}

async function loading(
  name: string,
  store: Store,
  documents: Documents,
  userId: string,
  doc: Y.Doc,
  updates: readonly Uint8Array[],
  repeats: number,
): Promise<Metric[]> {
  const { id: layerId } = await newLayer(store, userId);
  const id = { layerId, epoch: 1 };
  for (let i = 0; i < updates.length; i += 500) {
    const batch = updates
      .slice(i, i + 500)
      .map((bytes) => ({ ...id, bytes, userId, clientIds: [], claims: [] }));
    await store.documentLog.append(batch);
  }
  const load = async () => {
    const start = performance.now();
    const stored = await documents.load(id);
    const loaded = new Y.Doc();
    loaded.transact(() => {
      for (const bytes of stored.snapshot ? [stored.snapshot, ...stored.updates] : stored.updates)
        Y.applyUpdate(loaded, bytes);
    });
    const ms = performance.now() - start;
    if (contentHash(loaded) !== contentHash(doc))
      throw new Error(`${name}: what was loaded is not what was drawn.`);
    return ms;
  };
  const median = async () => {
    const samples: number[] = [];
    for (let i = 0; i < repeats; i++) samples.push(await load());
    return quantile(samples, 0.5);
  };
  const rows = await median();
  const snapshotBytes = await documents.saveSnapshot(id, updates.length);
  const snapshot = await median();
  const bytes = updates.reduce((sum, update) => sum + update.byteLength, 0);
  return [
    lowerIsBetter(`${name}: load after ${EDITS} edits, against all rows`, snapshot, rows, "ms"),
    lowerIsBetter(`${name}: bytes read for that`, snapshotBytes, bytes, "bytes"),
  ];
}
