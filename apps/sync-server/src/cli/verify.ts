import { join } from "node:path";
import { openRowSource } from "../backup/row-source.ts";
import { describeFinding, type Finding, type VerifyReport, verifyRows } from "../backup/verify.ts";
import { openBlobs } from "../blobs/open-blobs.ts";
import { keptCopies } from "../store/journal/files.ts";
import { dataDirOf, readArguments } from "./options.ts";

const USAGE = `Usage: npm run coscope -- verify [options]

Reads everything and changes nothing: each update is what was written, none is missing, nobody wrote as somebody
else, snapshots and updates agree, blobs are there. Works beside a running server, and on PostgreSQL with DATABASE_URL.

  --data DIR   Coscope's data folder (default ./data)              COSCOPE_DATA_DIR
  --json       the report as JSON

Ends with 0 when nothing is wrong, with 2 when something is, with 1 when it could not look.`;

const SHOWN = 50;

/** `npm run coscope -- verify`. Resolves to the exit code. */
export async function run(args: readonly string[]): Promise<number> {
  const options = { data: { type: "string" }, json: { type: "boolean" }, help: { type: "boolean" } } as const;
  const { values } = readArguments(args, options, USAGE);
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const dataDir = dataDirOf(values.data);
  const blobs = await openBlobs(dataDir, process.env);
  const source = await openRowSource(dataDir, process.env);
  try {
    const again = source.live ? () => source.rows({ tables: ["document_snapshots"] }) : undefined;
    const found = await verifyRows(source.rows({ snapshots: true }), { blobs, again });
    const report = { ...found, notes: [...found.notes, ...keptEdits(dataDir)] };
    if (values.json) console.log(JSON.stringify({ place: source.place, ...report }, null, 2));
    else print(source.place, report);
    return report.ok ? 0 : 2;
  } finally {
    await source.close();
  }
}

/** What the built-in database could not take in. It is no fault of what is in the database. */
function keptEdits(dataDir: string): Finding[] {
  return keptCopies(join(dataDir, "journal")).map((where) => ({
    where,
    what: "what the database could not take in of its journal: mostly a write that a kill cut off, else see docs/durability.md",
  }));
}

function print(place: string, report: VerifyReport): void {
  const { documents, updates, updateBytes, annotations, snapshots, problems, notes } = report;
  console.log(`${place}: ${documents} documents, ${annotations.toLocaleString("en")} annotations`);
  const kib = Math.ceil(updateBytes / 1024).toLocaleString("en");
  console.log(`${updates.toLocaleString("en")} updates (${kib} KiB), ${snapshots} snapshots`);
  for (const [title, list] of [
    ["note", notes],
    ["wrong", problems],
  ] as const) {
    for (const finding of list.slice(0, SHOWN)) console.log(`${title}: ${describeFinding(finding)}`);
    if (list.length > SHOWN) console.log(`… and ${list.length - SHOWN} more`);
  }
  console.log(
    report.ok ? "Nothing is wrong." : `${problems.length} things are wrong. See docs/operations.md.`,
  );
}
