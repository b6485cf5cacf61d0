import { openRowSource } from "../backup/row-source.ts";
import { dataDirOf, readArguments } from "./options.ts";

const USAGE = `Usage: npm run coscope -- list-images [--data DIR] [--json]

The images this Coscope knows. Works beside a running server.`;

interface StoredImage {
  id: string;
  name: string;
  url: string;
  source: string;
  created_at: string;
  deleted_at: string | null;
}

/** `npm run coscope -- list-images`. Resolves to the exit code. */
export async function run(args: readonly string[]): Promise<number> {
  const options = { data: { type: "string" }, json: { type: "boolean" }, help: { type: "boolean" } } as const;
  const { values } = readArguments(args, options, USAGE);
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const source = await openRowSource(dataDirOf(values.data), process.env);
  try {
    const images: StoredImage[] = [];
    for await (const { json } of source.rows({ tables: ["image"] })) images.push(JSON.parse(json));
    const rows = images
      .filter((image) => image.deleted_at === null)
      .sort((a, b) => (a.created_at < b.created_at ? -1 : 1))
      .map(({ id, source: kind, name, url }) => ({ id, source: kind, name, url }));
    if (values.json) console.log(JSON.stringify(rows, null, 2));
    else if (rows.length === 0) console.log("No images yet. Start Coscope once, or import some.");
    else for (const row of rows) console.log([row.id, row.source.padEnd(6), row.name, row.url].join("\t"));
    return 0;
  } finally {
    await source.close();
  }
}
