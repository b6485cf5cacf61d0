import { resolve } from "node:path";
import { restoreBackup } from "../backup/restore-backup.ts";
import { openRowSource } from "../backup/row-source.ts";
import { describeFinding, verifyRows } from "../backup/verify.ts";
import { openBlobs } from "../blobs/open-blobs.ts";
import { readDatabaseUrl } from "../config.ts";
import { ServerError } from "../errors.ts";
import { dataDirOf, readArguments } from "./options.ts";

const USAGE = `Usage: npm run coscope -- restore <backup folder> [options]

Restores into a new data folder, or into an empty PostgreSQL database with DATABASE_URL, whichever of the two the backup
came from. Checks the backup before, and what was restored afterwards. Stop the server first.

  --keep-epochs  for a move in which nothing was edited since the backup: open pages go on without reloading layers
  --data DIR     the data folder to fill (default ./data)            COSCOPE_DATA_DIR`;

/** `npm run coscope -- restore`. Resolves to the exit code. */
export async function run(args: readonly string[]): Promise<number> {
  const options = {
    data: { type: "string" },
    "keep-epochs": { type: "boolean" },
    help: { type: "boolean" },
  } as const;
  const { values, positionals } = readArguments(args, options, USAGE);
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  if (positionals.length !== 1) throw new ServerError("bad-argument", "Name one backup.", { next: USAGE });
  const dataDir = dataDirOf(values.data);
  const blobs = await openBlobs(dataDir, process.env);
  await restoreBackup(resolve(positionals[0]!), {
    dataDir,
    databaseUrl: readDatabaseUrl(process.env),
    blobs,
    keepEpochs: values["keep-epochs"] ?? false,
  });
  const source = await openRowSource(dataDir, process.env);
  try {
    const report = await verifyRows(source.rows(), { blobs: null });
    for (const problem of report.problems) console.error(`wrong: ${describeFinding(problem)}`);
    console.log(
      `Restored into ${source.place}: ${report.documents} documents, ${report.annotations.toLocaleString("en")} annotations.`,
    );
    return report.ok ? 0 : 2;
  } finally {
    await source.close();
  }
}
