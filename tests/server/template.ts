import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readMigrations } from "@coscope/sync-server/store/migrate.ts";
import { openPgliteStore } from "@coscope/sync-server/store/store.ts";
import { ensureDefaults } from "@coscope/sync-server/store/workspaces.ts";

const CACHE = fileURLToPath(new URL("../../.cache/", import.meta.url));
/** One that was made with another set of defaults must not be used. */
const LAYOUT = 2;

/**
 * A data folder as after the first start, in a new temporary place. Making a database takes seconds, copying one
 * a moment: it is made once for each state of the migrations and kept in .cache.
 */
export async function freshDataDir(): Promise<string> {
  const migrations = readMigrations().map((migration) => migration.checksum);
  const key = createHash("sha256").update(`${LAYOUT} ${migrations}`).digest("hex").slice(0, 16);
  const template = join(CACHE, `test-db-${key}`);
  if (!existsSync(template)) await makeTemplate(template);
  const dir = mkdtempSync(join(tmpdir(), "coscope-test-"));
  cpSync(template, dir, { recursive: true });
  return dir;
}

async function makeTemplate(template: string): Promise<void> {
  mkdirSync(CACHE, { recursive: true });
  for (const old of readdirSync(CACHE))
    if (/^test-db-[0-9a-f]{16}$/.test(old) && join(CACHE, old) !== template)
      rmSync(join(CACHE, old), { recursive: true, force: true });
  const building = `${template}.${process.pid}`;
  const store = await openPgliteStore(building);
  await ensureDefaults(store.db);
  await store.close();
  try {
    renameSync(building, template);
  } catch {
    // Another test process was quicker.
    rmSync(building, { recursive: true, force: true });
  }
}
