import { resolve } from "node:path";
import { openRowSource } from "../backup/row-source.ts";
import { checkedRows } from "../backup/verify.ts";
import { writeBackup } from "../backup/write-backup.ts";
import { openBlobs } from "../blobs/open-blobs.ts";
import { ServerError } from "../errors.ts";
import { dataDirOf, readArguments } from "./options.ts";

const USAGE = `Usage: npm run coscope -- backup <new folder> [options]

Writes everything as of now into a new folder, with a SHA-256 of each file. People may go on editing; the server may
run or not. On PostgreSQL with DATABASE_URL. The folder holds sessions and the key of stored credentials: guard it.

  --no-images  leave out imported images (data/images)
  --data DIR   Coscope's data folder (default ./data)              COSCOPE_DATA_DIR

Ends with 0, with 2 when the backup is written and some of what it holds is damaged, with 1 when it is not written.`;

const SHOWN = 50;

/** `npm run coscope -- backup`. Resolves to the exit code. */
export async function run(args: readonly string[]): Promise<number> {
  const options = {
    data: { type: "string" },
    "no-images": { type: "boolean" },
    help: { type: "boolean" },
  } as const;
  const { values, positionals } = readArguments(args, options, USAGE);
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  if (positionals.length !== 1)
    throw new ServerError("bad-argument", "Name one new folder.", { next: USAGE });
  const dataDir = dataDirOf(values.data);
  const target = resolve(positionals[0]!);
  const blobs = await openBlobs(dataDir, process.env);
  const source = await openRowSource(dataDir, process.env);
  const wrong: string[] = [];
  try {
    const manifest = await writeBackup(target, {
      rows: checkedRows(source.rows(), (what) => wrong.push(what)),
      blobs,
      dataDir,
      withoutImages: values["no-images"] ?? false,
    });
    const bytes = manifest.files.reduce((sum, file) => sum + file.size, 0);
    const updates = manifest.rows["document_updates"] ?? 0;
    console.log(
      `${target}: ${updates.toLocaleString("en")} updates, ${manifest.files.length} files, ${(bytes / 1e6).toFixed(1)} MB`,
    );
    if (wrong.length === 0) return 0;
    for (const what of wrong.slice(0, SHOWN)) console.error(`wrong: ${what}`);
    console.error(
      `${wrong.length} updates are damaged where they come from, and so in this backup. Keep the one before, and see \`verify\`.`,
    );
    return 2;
  } finally {
    await source.close();
  }
}
