import {
  type AnnotationSnapshot,
  createLayerDocument,
  createQuery,
  parseRoomName,
} from "@coscope/annotations";
import { ServerError } from "../errors.ts";
import { openLiveDocument } from "./live-document.ts";
import { readArguments } from "./options.ts";

const USAGE = `Usage: npm run coscope -- watch <layer> [--server URL] [--json]

Prints what changes in a layer, as it changes, until Ctrl-C. <layer> is its id, its name or its room.

  --server URL   the Coscope to ask (http://localhost:4747)
  --json         one JSON object a line
  --key KEY      the secret of the join link, where the server wants one
  --token TOKEN  a session to use instead of coming in as a guest; or COSCOPE_TOKEN`;

interface LayerRow {
  id: string;
  name: string;
  room: string;
}

/** `npm run coscope -- watch`. Resolves to the exit code. */
export async function run(args: readonly string[]): Promise<number> {
  const text = { type: "string" } as const;
  const flag = { type: "boolean" } as const;
  const options = { server: text, key: text, token: text, json: flag, help: flag } as const;
  const { values, positionals } = readArguments(args, options, USAGE);
  const [wanted] = positionals;
  if (values.help || !wanted) {
    console.log(USAGE);
    return values.help ? 0 : 1;
  }
  const server = (values.server ?? "http://localhost:4747").replace(/\/+$/, "");
  const token = values.token ?? process.env["COSCOPE_TOKEN"] ?? (await comeIn(server, values.key));
  const room = parseRoomName(wanted) ? wanted : await roomOf(server, token, wanted);

  const live = openLiveDocument({ server, room, token });
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

async function comeIn(server: string, key: string | undefined): Promise<string> {
  const guest = { name: "watch", color: "#999999", ...(key ? { key } : {}) };
  const { token } = await ask<{ token: string }>(server, "/api/sessions/guest", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(guest),
  });
  return token;
}

/** The room of a layer, by id or name. */
async function roomOf(server: string, token: string, wanted: string): Promise<string> {
  const headers = { authorization: `Bearer ${token}` };
  const named: LayerRow[] = [];
  for (const { id } of await ask<{ id: string }[]>(server, "/api/images", { headers })) {
    const layers = await ask<LayerRow[]>(server, `/api/images/${id}/layers`, { headers });
    const exact = layers.find((layer) => layer.id === wanted);
    if (exact) return exact.room;
    named.push(...layers.filter((layer) => layer.name === wanted));
  }
  if (named.length === 1) return named[0]!.room;
  if (named.length === 0) throw new ServerError("not-found", `There is no layer "${wanted}".`);
  throw new ServerError("bad-argument", `${named.length} layers are called "${wanted}".`, {
    next: `Give one by its room: ${named.map((layer) => layer.room).join(", ")}`,
  });
}

async function ask<Answer>(server: string, path: string, init: RequestInit): Promise<Answer> {
  const response = await fetch(server + path, init).catch((cause) => {
    throw new ServerError("bad-argument", `${server} does not answer.`, {
      next: "Start Coscope, or name another with --server.",
      cause,
    });
  });
  if (response.ok) return (await response.json()) as Answer;
  const { error } = (await response.json().catch(() => ({}))) as {
    error?: { message: string; next?: string };
  };
  throw new ServerError("forbidden", error?.message ?? `${server} answered ${response.status}.`, {
    ...(error?.next ? { next: error.next } : {}),
  });
}
