import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { contentHash, createLayerDocument, execute, makeAdd } from "@coscope/annotations";
import type { BlobStore } from "@coscope/sync-server/blobs/blob-store.ts";
import { openBlobs } from "@coscope/sync-server/blobs/open-blobs.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ServerProcess } from "../server/child.ts";
import { comeIn, until } from "../server/harness.ts";
import { freshDataDir } from "../server/template.ts";
import { coscope } from "../support/cli.ts";
import { S3Server, s3Program } from "../support/s3.ts";

describe.skipIf(!s3Program)("with COSCOPE_BLOBS=s3://…", () => {
  const folder = mkdtempSync(join(tmpdir(), "coscope-s3-test-"));
  let s3: S3Server;
  let env: Record<string, string>;
  let blobs: BlobStore;
  let data = "";
  let room = "";
  let hash = "";
  let server: ServerProcess | null = null;
  beforeAll(async () => {
    s3 = await S3Server.start();
    env = s3.env("first");
    blobs = await openBlobs("", env);
    data = await freshDataDir();
  });
  afterAll(async () => {
    await server?.signal("SIGKILL");
    await s3.remove();
    for (const dir of [folder, data]) rmSync(dir, { recursive: true, force: true });
  });

  const launch = async (dataDir: string, where: Record<string, string>) => {
    server = await ServerProcess.start(["--port", "0", "--data", dataDir], where);
    return server;
  };
  const stop = async () => {
    expect(await server?.signal("SIGTERM")).toBe(0);
    server = null;
  };
  const keys = async (store: BlobStore) => {
    const found: string[] = [];
    for await (const { key } of store.list()) found.push(key);
    return found;
  };
  /** Opens the room as somebody new, until it holds what was drawn. */
  const expectWhole = async (where: string) => {
    const reader = await comeIn(await launch(where, where === data ? env : s3.env("second")), "Reader");
    const joined = reader.join(where === data ? room : room.replace("e1/", "e2/"));
    await until(() => contentHash(joined.doc) === hash);
    reader.leaveAll();
    await stop();
  };

  test("a server keeps large snapshots there, and opens layers from them", async () => {
    const ada = await comeIn(await launch(data, env), "Ada");
    ({ room } = await ada.newLayer());
    const author = ada.join(room);
    await author.synced();
    const points = Array.from({ length: 60_000 }, (_, i) => (i * 7_919) % 50_021);
    const geometry = { kind: "polyline", plane: { z: 0, t: 0 }, points } as const;
    const command = makeAdd({ author: ada.user.id, annotations: [{ geometry, classId: null }] });
    execute(createLayerDocument(author.doc), command, "test");
    for (let i = 0; i < 25; i++) {
      author.add(i);
      await author.saved();
    }
    hash = contentHash(author.doc);
    ada.leaveAll();
    await stop();
    expect(await keys(blobs)).toEqual([expect.stringMatching(/^snapshots\//)]);
    expect(existsSync(join(data, "blobs"))).toBe(false);
    await expectWhole(data);
    const checked = await coscope(["verify", "--json", "--data", data], env);
    expect(JSON.parse(checked.stdout)).toMatchObject({ ok: true, snapshots: 1, problems: [], notes: [] });
  });

  test("a backup brings its blobs along, and a restore puts them into another place there", async () => {
    await blobs.put("others/kept.bin", new Uint8Array([1, 2, 3]));
    const target = join(folder, "backup");
    const restored = join(folder, "restored");
    expect(await coscope(["backup", target, "--data", data], env)).toMatchObject({ code: 0, stderr: "" });
    const second = s3.env("second");
    expect(await coscope(["restore", target, "--data", restored], second)).toMatchObject({
      code: 0,
      stderr: "",
    });
    const there = await openBlobs("", second);
    expect(await keys(there)).toEqual(["others/kept.bin"]);
    expect(await there.get("others/kept.bin")).toEqual(new Uint8Array([1, 2, 3]));
    await expectWhole(restored);
  });

  test("verify sees that a snapshot is gone there", async () => {
    const [key] = (await keys(blobs)).filter((name) => name.startsWith("snapshots/"));
    await blobs.delete(key!);
    const checked = await coscope(["verify", "--json", "--data", data], env);
    const { problems } = JSON.parse(checked.stdout);
    expect([checked.code, problems]).toEqual([
      2,
      [{ where: key, what: expect.stringMatching(/is missing in/) }],
    ]);
    await expectWhole(data);
  });
});
