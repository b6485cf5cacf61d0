import { ServerError } from "../errors.ts";
import { SERVER_OPTIONS, SERVER_USAGE } from "./ask-server.ts";
import { readArguments } from "./options.ts";

const USAGE = `Usage: npm run coscope -- annotations export <layer or image id> [--format geojson|coco] [--ignored] [--out FILE]
       npm run coscope -- annotations import <layer> <file> [--classes map|create]

Writes annotations of a running Coscope to a file, and adds those of a file to a layer. GeoJSON is as QuPath writes and
reads it; COCO is instances (areas only). <layer> is its id, its room, its
name, or <image>/<name>.

  --format F     geojson (default), or coco
  --ignored      COCO with the objects of ignored classes (names that end in *) too; GeoJSON always has them
  --out FILE     where to; without it, on the standard output
  --classes map     classes of the file become the project's of the same name or synonym, others Unclassified (default)
  --classes create  others are made
${SERVER_USAGE}`;

/** `npm run coscope -- annotations`. Resolves to the exit code. */
export async function run(args: readonly string[]): Promise<number> {
  const text = { type: "string" } as const;
  const options = {
    ...SERVER_OPTIONS,
    format: text,
    out: text,
    ignored: { type: "boolean" },
    classes: text,
    help: { type: "boolean" },
  } as const;
  const { values, positionals } = readArguments(args, options, USAGE);
  const [action, wanted, file] = positionals;
  if (values.help || !action) {
    console.log(USAGE);
    return values.help ? 0 : 1;
  }
  const { format = "geojson", classes = "map" } = values;
  if (format !== "geojson" && format !== "coco") throw wrong(`There is no format "${format}".`);
  if (classes !== "map" && classes !== "create") throw wrong(`--classes is map or create, not "${classes}".`);
  if (action === "export" && wanted) {
    const { exportAnnotations } = await import("./export-annotations.ts");
    return exportAnnotations({ ...values, format, wanted });
  }
  if (action === "import" && wanted && file) {
    const { importAnnotations } = await import("./import-annotations.ts");
    return importAnnotations({ ...values, classes, wanted, file });
  }
  throw wrong(`"annotations ${positionals.join(" ")}" says too little.`);
}

const wrong = (message: string): ServerError => new ServerError("bad-argument", message, { next: USAGE });
