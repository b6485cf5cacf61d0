import {
  type AnnotationSnapshot,
  createLayerDocument,
  createQuery,
  parseRoomName,
} from "@coscope/annotations";
import { findLayer, SERVER_OPTIONS, SERVER_USAGE, visit } from "./ask-server.ts";
import { openLiveDocument } from "./live-document.ts";
import { readArguments } from "./options.ts";

const USAGE = `Usage: npm run coscope -- watch <layer> [options]

Prints what changes in a layer, as it changes, until Ctrl-C. <layer> is its id, its room, its name, or <image>/<name>.

  --json         one JSON object a line
${SERVER_USAGE}`;

/** `npm run coscope -- watch`. Resolves to the exit code. */
export async function run(args: readonly string[]): Promise<number> {
  const flag = { type: "boolean" } as const;
  const options = { ...SERVER_OPTIONS, json: flag, help: flag } as const;
  const { values, positionals } = readArguments(args, options, USAGE);
  const [wanted] = positionals;
  if (values.help || !wanted) {
    console.log(USAGE);
    return values.help ? 0 : 1;
  }
  const by = await visit(values, "watch");
  const room = parseRoomName(wanted) ? wanted : (await findLayer(by, wanted)).room;

  const live = openLiveDocument({ ...by, room });
  const stopped = new Promise<number>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve(0));
  });
  try {
    await Promise.race([live.synced, live.ended]);
    const query = createQuery(createLayerDocument(live.doc));
    const print = values.json ? printJson : printLine;
    print({ type: "ready", room, count: query.size });
    query.subscribe(({ added, changed, removed }) => {
      for (const annotation of added) print({ type: "added", annotation });
      for (const { after } of changed) print({ type: "changed", annotation: after });
      for (const annotation of removed) print({ type: "removed", annotation });
    });
    return await Promise.race([stopped, live.ended]);
  } finally {
    live.close();
  }
}

type News =
  | { type: "ready"; room: string; count: number }
  | { type: "added" | "changed" | "removed"; annotation: AnnotationSnapshot };

function printJson(news: News): void {
  const at = new Date().toISOString();
  if (news.type === "ready") {
    console.log(JSON.stringify({ at, ...news }));
    return;
  }
  const { id, geometry, bounds, classId, label, author } = news.annotation;
  const row = { at, type: news.type, id, kind: geometry.kind, bounds, classId, label, author };
  console.log(JSON.stringify(row));
}

const SIGNS = { added: "+", changed: "~", removed: "-" } as const;

function printLine(news: News): void {
  if (news.type === "ready") {
    console.log(`${news.room}: ${news.count} annotations. Ctrl-C ends.`);
    return;
  }
  const { id, geometry, bounds, classId, label, author } = news.annotation;
  const place = `at ${Math.round(bounds.minX)}, ${Math.round(bounds.minY)}`;
  const what = [geometry.kind, id, place, classId && `class ${classId}`, label && JSON.stringify(label)];
  const time = new Date().toTimeString().slice(0, 8);
  console.log(`${time} ${SIGNS[news.type]} ${what.filter(Boolean).join(" ")} by ${author}`);
}
