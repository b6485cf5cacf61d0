import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSessions } from "@coscope/sync-server/access/sessions.ts";
import type { BlobStore } from "@coscope/sync-server/blobs/blob-store.ts";
import { createFileBlobs } from "@coscope/sync-server/blobs/file-blobs.ts";
import { createClass, listClasses, updateClass } from "@coscope/sync-server/store/classes.ts";
import * as connections from "@coscope/sync-server/store/connections.ts";
import type { DocumentId, LogEntry } from "@coscope/sync-server/store/document-log.ts";
import { createDocuments, type Documents } from "@coscope/sync-server/store/documents.ts";
import { pruneGuests } from "@coscope/sync-server/store/guests.ts";
import { createImage, getImage, updateImage } from "@coscope/sync-server/store/images.ts";
import {
  createLayer,
  deleteLayer,
  listLayers,
  MAX_LAYERS,
  updateLayer,
} from "@coscope/sync-server/store/layers.ts";
import { migrate } from "@coscope/sync-server/store/migrate.ts";
import * as presets from "@coscope/sync-server/store/presets.ts";
import type { Store } from "@coscope/sync-server/store/store.ts";
import * as views from "@coscope/sync-server/store/views.ts";
import { DEFAULT_PROJECT, ensureDefaults, ensureJoinKey } from "@coscope/sync-server/store/workspaces.ts";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Place, storeKinds } from "./stores.ts";

const bytesOf = (...values: number[]) => new Uint8Array(values);
const fold = async (updates: Uint8Array[]) => new Uint8Array(Buffer.concat(updates));

describe.each(storeKinds)("a database of $name", (kind) => {
  describe.skipIf(kind.missing)("keeps the contract", () => {
    let place: Place;
    let store: Store;
    let documents: Documents;
    let blobs: BlobStore;
    let blobDir: string;
    const unreadable: string[] = [];
    let userId: string;
    beforeAll(async () => {
      await kind.setUp();
      place = await kind.place();
      store = await place.open();
      await ensureDefaults(store.db);
      blobDir = mkdtempSync(join(tmpdir(), "coscope-blobs-"));
      blobs = createFileBlobs(blobDir);
      documents = documentsOf(store);
      const { actor } = await createSessions(store.db).startGuest({ name: "Ada", color: "#56b4e9" });
      userId = actor.user.id;
    });
    afterAll(async () => {
      await store.close();
      await place.remove();
      rmSync(blobDir, { recursive: true, force: true });
      await kind.tearDown();
    });

    const documentsOf = ({ db, documentLog }: Store) =>
      createDocuments(db, { documentLog, blobs, fold, onUnreadable: (blob) => unreadable.push(blob) });
    const load = (id: DocumentId) => documents.load(id);
    const newLayer = () => createLayer(store.db, { imageId: "demo", name: "log", createdBy: userId });
    const entryOf = (layerId: string, ...values: number[]): LogEntry => ({
      layerId,
      epoch: 1,
      bytes: bytesOf(...values),
      userId,
      clientIds: [],
      claims: [],
    });
    const append = async (...batch: LogEntry[]) => (await store.documentLog.append(batch)).results;
    const appendAgain = async (batch: LogEntry[]) =>
      (await store.documentLog.append(batch, { again: true })).results;
    const rowsOf = async (layerId: string) => {
      await store.documentLog.settle(layerId);
      return store.db.query.documentUpdate.findMany({
        where: (row, { eq }) => eq(row.layerId, layerId),
        orderBy: (row, { asc }) => asc(row.sequence),
      });
    };

    test("sequences have no gaps, whatever is appended together or at once", async () => {
      const [a, b] = [await newLayer(), await newLayer()];
      expect(await append(entryOf(a.id, 1), entryOf(b.id, 1), entryOf(a.id, 2))).toEqual([
        { sequence: 1 },
        { sequence: 1 },
        { sequence: 2 },
      ]);
      const many = await Promise.all(Array.from({ length: 20 }, (_, i) => append(entryOf(a.id, 10 + i))));
      const sequences = many.map(([result]) => (result as { sequence: number }).sequence);
      expect(sequences.sort((x, y) => x - y)).toEqual(Array.from({ length: 20 }, (_, i) => i + 3));
      const stored = await load({ layerId: a.id, epoch: 1 });
      expect(stored.updates.slice(0, 2)).toEqual([bytesOf(1), bytesOf(2)]);
      expect(stored).toMatchObject({ sequence: 22, snapshotSequence: 0, snapshot: null });
    });

    test("bytes and 53-bit client ids come back as they went in", async () => {
      const { id: layerId } = await newLayer();
      const big = Number.MAX_SAFE_INTEGER;
      const bytes = Uint8Array.from({ length: 1 << 20 }, (_, i) => (i * 7 + (i >> 8)) & 255);
      await append({ layerId, epoch: 1, bytes, userId, clientIds: [big, 0, 2 ** 32], claims: [big, 1] });
      const stored = await load({ layerId, epoch: 1 });
      expect(Buffer.from(stored.updates[0]!).equals(bytes)).toBe(true);
      expect(stored.updates[0]).toBeInstanceOf(Uint8Array);
      expect([...stored.owners]).toEqual(
        expect.arrayContaining([
          [big, userId],
          [1, userId],
        ]),
      );
      const [row] = await rowsOf(layerId);
      expect(row!.clientIds).toEqual([big, 0, 2 ** 32]);
      expect(row!.createdAt).toBeInstanceOf(Date);
    });

    test("a full batch and thousands of claims fit into one commit; the first owner stays", async () => {
      const { id: layerId } = await newLayer();
      const claims = Array.from({ length: 12_000 }, (_, i) => i);
      const batch = Array.from({ length: 500 }, (_, i) => entryOf(layerId, i & 255));
      await append({ ...batch[0]!, clientIds: claims, claims }, ...batch.slice(1));
      const { actor } = await createSessions(store.db).startGuest({ name: "Bob", color: "#e69f00" });
      await append({ ...entryOf(layerId, 1), userId: actor.user.id, claims: [7, 99_999] });
      const { owners, sequence } = await load({ layerId, epoch: 1 });
      expect([owners.size, owners.get(7), owners.get(99_999), sequence]).toEqual([
        12_001,
        userId,
        actor.user.id,
        501,
      ]);
    });

    test("an outdated epoch and a deleted layer are stale, and only they", async () => {
      const [old, gone, good] = [await newLayer(), await newLayer(), await newLayer()];
      await store.db.execute(sql`update layer set epoch = 2 where id = ${old.id}`);
      await deleteLayer(store.db, gone.id, gone.revision);
      expect(await append(entryOf(old.id, 1), entryOf(good.id, 1), entryOf(gone.id, 1))).toEqual([
        "stale",
        { sequence: 1 },
        "stale",
      ]);
      expect(await append(entryOf(old.id, 1))).toEqual(["stale"]);
      expect(await append({ ...entryOf(old.id, 1), epoch: 2 })).toEqual([{ sequence: 1 }]);
    });

    test("a batch with something impossible in it is not written at all", async () => {
      const { id: layerId } = await newLayer();
      await expect(
        append(entryOf(layerId, 1), { ...entryOf(layerId, 2), userId: "nobody" }),
      ).rejects.toThrow();
      expect(await load({ layerId, epoch: 1 })).toMatchObject({ sequence: 0, updates: [] });
      expect(await append(entryOf(layerId, 3))).toEqual([{ sequence: 1 }]);
    });

    test("a batch whose first attempt was written unnoticed is not written twice", async () => {
      const [a, b] = [await newLayer(), await newLayer()];
      await append(entryOf(a.id, 9));
      const batch = [entryOf(a.id, 1), entryOf(b.id, 2), entryOf(a.id, 3)];
      const written = await append(...batch);
      const again = () => appendAgain(batch);
      expect(await again()).toEqual(written);
      expect((await load({ layerId: a.id, epoch: 1 })).sequence).toBe(3);
      // What is no longer the end of its log is written once more; the other document's part is found.
      await append(entryOf(b.id, 4));
      expect(await again()).toEqual([{ sequence: 2 }, { sequence: 3 }, { sequence: 3 }]);
      const fresh = await newLayer();
      const first = [entryOf(fresh.id, 1)];
      expect(await appendAgain(first)).toEqual([{ sequence: 1 }]);
    });

    test("a snapshot is the one before and the rows behind it, and never goes back; rows stay", async () => {
      const { id: layerId } = await newLayer();
      const id = { layerId, epoch: 1 };
      for (let i = 1; i <= 4; i++) await append(entryOf(layerId, i));
      expect(await documents.saveSnapshot(id, 2)).toBe(2);
      expect(await documents.saveSnapshot(id, 1)).toBe(0);
      expect(await documents.saveSnapshot(id, 3)).toBe(3);
      const stored = await load(id);
      expect(stored).toMatchObject({ snapshot: bytesOf(1, 2, 3), snapshotSequence: 3, sequence: 4 });
      expect(stored.updates).toEqual([bytesOf(4)]);
      const rows = await rowsOf(layerId);
      expect(rows).toHaveLength(4);
    });

    test("a large snapshot is a blob; one that is lost or damaged costs nothing but time", async () => {
      const { id: layerId } = await newLayer();
      const id = { layerId, epoch: 1 };
      const large = (fill: number) => ({ ...entryOf(layerId), bytes: new Uint8Array(100_000).fill(fill) });
      await append(entryOf(layerId, 0), large(1), large(2), large(3));
      await append(entryOf(layerId, 5), entryOf(layerId, 6));
      const keys = async () => {
        const found: string[] = [];
        for await (const { key } of blobs.list(`snapshots/${layerId}/`)) found.push(key);
        return found;
      };
      for (const sequence of [2, 3, 4]) await documents.saveSnapshot(id, sequence);
      const [older, newest] = await keys();
      expect(await keys()).toHaveLength(2);
      const whole = await load(id);
      expect([whole.snapshot!.byteLength, whole.snapshotSequence]).toEqual([300_001, 4]);
      expect(whole.updates).toEqual([bytesOf(5), bytesOf(6)]);

      unreadable.length = 0;
      await blobs.put(newest!, bytesOf(9));
      const second = await load(id);
      expect([second.snapshot!.byteLength, second.snapshotSequence]).toEqual([200_001, 3]);
      await blobs.delete(older!);
      const rows = await load(id);
      expect(rows).toMatchObject({ snapshot: null, snapshotSequence: 0, sequence: 6 });
      expect(rows.updates).toHaveLength(6);
      expect(unreadable).toEqual([newest, newest, older]);

      await documents.saveSnapshot(id, 6);
      const anew = await load(id);
      expect([anew.snapshot!.byteLength, anew.updates.length, anew.sequence]).toEqual([300_003, 0, 6]);
    });

    test("a snapshot of more rows than are read at once has all of them, in order", async () => {
      const { id: layerId } = await newLayer();
      const all = Array.from({ length: 501 }, (_, i) => i & 255);
      await append(...all.map((value) => entryOf(layerId, value)));
      await documents.saveSnapshot({ layerId, epoch: 1 }, 500);
      const stored = await load({ layerId, epoch: 1 });
      expect(stored).toMatchObject({ snapshot: bytesOf(...all.slice(0, 500)), sequence: 501 });
      expect(stored.updates).toEqual([bytesOf(all[500]!)]);
    });

    test("of two changes to the same revision one wins, and the other is told", async () => {
      const { id } = await createImage(store.db, {
        projectId: DEFAULT_PROJECT,
        name: "Slide",
        url: "https://example.org/a.zarr",
        source: "remote",
        createdBy: userId,
      });
      const change = (name: string) => updateImage(store.db, id, { name, revision: 1 });
      const results = await Promise.allSettled([change("A"), change("B")]);
      expect(results.map((result) => result.status).sort()).toEqual(["fulfilled", "rejected"]);
      const refused = results.find((result) => result.status === "rejected");
      expect(refused).toMatchObject({ reason: { code: "revision-conflict" } });
      expect((await getImage(store.db, id)).revision).toBe(2);
      const [first] = await listLayers(store.db, id);
      await createLayer(store.db, { imageId: id, name: "second", createdBy: userId });
      await updateLayer(store.db, first!.id, { order: 1, revision: 1 });
      expect((await listLayers(store.db, id)).map((row) => row.name)).toEqual(["second", "Annotations"]);
    });

    test("a class keeps what it says of itself", async () => {
      const attributes = [
        { name: "Grade", type: "select" as const, options: ["low", "high"], default: "low" },
        { name: "Ki-67", type: "number" as const, unit: "%", min: 0, max: 100 },
      ];
      const details = {
        description: "Of the brain",
        ontologyIri: "http://example.org/1",
        synonyms: ["neurons"],
      };
      const fields = { projectId: DEFAULT_PROJECT, name: "Neuron", color: "#111111", ...details, attributes };
      const row = await createClass(store.db, fields);
      expect(row).toMatchObject(fields);
      expect(await listClasses(store.db, DEFAULT_PROJECT)).toContainEqual(row);
      const [changed] = await updateClass(store.db, row.id, { attributes: [], revision: 1 });
      expect(changed).toEqual({ ...row, attributes: [], revision: 2 });
      await expect(updateClass(store.db, row.id, { synonyms: [], revision: 1 })).rejects.toMatchObject({
        code: "revision-conflict",
      });
    });

    test("a view is kept with its picture, which is read only when it is asked for", async () => {
      const { createView, deleteView, listViews, locateView, readThumbnail, updateView } = views;
      const channel = { visible: true, min: 0, max: 255, gamma: 1, color: "#ff0000", lut: "viridis" };
      const place = { cx: 1.5, cy: -2, zoom: 0.25, rotation: 90, flip: false, width: 800, height: 600 };
      const state = { ...place, z: 0, t: 3, projection: "max" as const, channels: [channel] };
      const thumbnail = bytesOf(1, 2, 255, 0);
      const fields = { imageId: "demo", name: "Here", state, createdBy: userId };
      const row = await createView(store.db, { ...fields, thumbnail });
      expect(row).toMatchObject({ ...fields, thumbnail: true, revision: 1, createdAt: expect.any(String) });
      expect(await listViews(store.db, "demo")).toEqual([row]);
      expect((await locateView(store.db, row.id)).workspaceId).toBe("default");
      expect(await readThumbnail(store.db, row.id)).toEqual(thumbnail);
      const change = { name: "There", thumbnail: null, revision: 1 };
      expect(await updateView(store.db, row.id, change)).toEqual({
        ...row,
        name: "There",
        thumbnail: false,
        revision: 2,
      });
      expect(await readThumbnail(store.db, row.id)).toBeNull();
      await expect(updateView(store.db, row.id, change)).rejects.toMatchObject({ code: "revision-conflict" });
      await deleteView(store.db, row.id, 2);
      expect(await listViews(store.db, "demo")).toEqual([]);
      await expect(locateView(store.db, row.id)).rejects.toMatchObject({ code: "not-found" });
    });

    test("a preset is kept with its channels, in order", async () => {
      const { createPreset, deletePreset, listPresets, updatePreset } = presets;
      const channel = (name: string) => ({
        name,
        visible: true,
        min: 0.5,
        max: 1e6,
        gamma: 1,
        color: "#00ff00",
      });
      const fields = { projectId: DEFAULT_PROJECT, name: "Mine", createdBy: userId };
      const row = await createPreset(store.db, { ...fields, channels: [channel("DAPI"), channel("Ki-67")] });
      expect(row).toMatchObject({ ...fields, revision: 1 });
      const other = await createPreset(store.db, { ...fields, name: "Later", channels: [] });
      expect(await listPresets(store.db, DEFAULT_PROJECT)).toEqual([row, other]);
      const changed = await updatePreset(store.db, row.id, { channels: [channel("Ki-67")], revision: 1 });
      expect(changed).toEqual({ ...row, channels: [channel("Ki-67")], revision: 2 });
      await expect(deletePreset(store.db, row.id, 1)).rejects.toMatchObject({ code: "revision-conflict" });
      await deletePreset(store.db, row.id, 2);
      expect(await listPresets(store.db, DEFAULT_PROJECT)).toEqual([other]);
      await expect(updatePreset(store.db, row.id, { name: "x", revision: 3 })).rejects.toMatchObject({
        code: "not-found",
      });
    });

    test("a connection is kept sealed, once for a prefix, and is gone for good", async () => {
      const { deleteConnection, insertConnection, listConnections } = connections;
      const sealed = Uint8Array.from({ length: 300 }, (_, i) => i & 255);
      const fields = {
        id: "connection",
        workspaceId: "default",
        name: "Images",
        prefix: "https://images.example.org/a/",
        kind: "headers" as const,
        details: { headers: ["authorization"] },
        sealed,
        createdBy: userId,
      };
      const row = await insertConnection(store.db, fields);
      expect(row).toMatchObject({ id: "connection", prefix: fields.prefix, headers: ["authorization"] });
      expect(await insertConnection(store.db, { ...fields, id: "again" })).toBeNull();
      const [found, ...others] = await listConnections(store.db, "default");
      expect([found!.row, others]).toEqual([row, []]);
      expect(Buffer.from(found!.sealed).equals(sealed)).toBe(true);
      await expect(deleteConnection(store.db, "connection", "elsewhere")).rejects.toMatchObject({
        code: "not-found",
      });
      await deleteConnection(store.db, "connection", "default");
      expect(await listConnections(store.db, "default")).toEqual([]);
    });

    test("an image takes so many layers, and one more once one was deleted", async () => {
      const { id: imageId } = await createImage(store.db, {
        projectId: DEFAULT_PROJECT,
        name: "Many",
        url: "https://example.org/many.zarr",
        source: "remote",
        createdBy: userId,
      });
      const more = () => createLayer(store.db, { imageId, name: "more", createdBy: userId });
      const left = MAX_LAYERS - (await listLayers(store.db, imageId)).length;
      const settled = await Promise.allSettled(Array.from({ length: left + 3 }, more));
      expect(settled.filter(({ status }) => status === "rejected")).toHaveLength(3);
      await expect(more()).rejects.toMatchObject({ code: "too-many-layers", status: 413 });
      const [first] = await listLayers(store.db, imageId);
      await deleteLayer(store.db, first!.id, first!.revision);
      expect((await more()).position).toBe(MAX_LAYERS);
    });

    test("the hash of an update is that of its bytes", async () => {
      const { id: layerId } = await newLayer();
      await append(entryOf(layerId, 1, 2, 3), entryOf(layerId));
      const rows = await rowsOf(layerId);
      const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex").slice(0, 32);
      expect(rows.map(({ hash }) => Buffer.from(hash!).toString("hex"))).toEqual([
        sha256(bytesOf(1, 2, 3)),
        sha256(bytesOf()),
      ]);
    });

    test("a session lives until it is ended", async () => {
      const { actor, token } = await createSessions(store.db).startGuest({ name: "Eve", color: "#cc79a7" });
      const sessions = createSessions(store.db);
      expect((await sessions.validate(token))?.user).toEqual(actor.user);
      await sessions.end(actor.sessionId);
      expect(await sessions.validate(token)).toBeNull();
    });

    test("guests who left nothing and do not come back are forgotten, nobody else", async () => {
      const sessions = createSessions(store.db);
      const guest = async (name: string) => (await sessions.startGuest({ name, color: "#cc79a7" })).actor;
      const [gone, drew, made, here, fresh] = [
        await guest("Gone"),
        await guest("Drew"),
        await guest("Made"),
        await guest("Here"),
        await guest("Fresh"),
      ];
      const { id: layerId } = await newLayer();
      await append({ ...entryOf(layerId, 1), userId: drew.user.id });
      await createLayer(store.db, { imageId: "demo", name: "mine", createdBy: made.user.id });
      for (const actor of [gone, drew, made, fresh]) await sessions.end(actor.sessionId);
      const old = sql`update app_user set created_at = now() - interval '2 days' where id <> ${fresh.user.id}`;
      await store.db.execute(old);
      const before = await store.db.query.appUser.findMany();
      await store.documentLog.settle();
      await pruneGuests(store.db);
      const after = new Set((await store.db.query.appUser.findMany()).map((row) => row.id));
      expect(before.length).toBeGreaterThan(after.size);
      const left = [gone, drew, made, here, fresh].map((actor) => after.has(actor.user.id));
      expect(left).toEqual([false, true, true, true, true]);
      expect(after.has(userId)).toBe(true);
      expect(await pruneGuests(store.db)).toBe(0);
    });

    test("a second server is refused, closing lets it in, and everything is still there", async () => {
      await expect(place.open()).rejects.toMatchObject({ code: "data-busy" });
      const key = await ensureJoinKey(store.db);
      const { id: layerId } = await newLayer();
      await append(entryOf(layerId, 1, 2, 3));
      await store.close();
      store = await place.open();
      documents = documentsOf(store);
      expect(await ensureJoinKey(store.db)).toBe(key);
      expect((await load({ layerId, epoch: 1 })).updates).toEqual([bytesOf(1, 2, 3)]);
      expect(await append(entryOf(layerId, 4))).toEqual([{ sequence: 2 }]);
    });

    test("a database that knows more migrations than this Coscope is refused", async () => {
      const runner = {
        exec: (text: string) => store.db.execute(sql.raw(text)),
        query: async <Row>(text: string) =>
          (await store.db.execute(sql.raw(text))) as unknown as { rows: Row[] },
      };
      const rows = (
        await runner.query<{ name: string; checksum: string }>("select * from schema_migration order by name")
      ).rows;
      const applied = rows.map((row) => ({ ...row, sql: "" }));
      expect(await migrate(runner, applied)).toEqual([]);
      await expect(migrate(runner, applied.slice(1))).rejects.toMatchObject({ code: "migration-failed" });
    });
  });
});
