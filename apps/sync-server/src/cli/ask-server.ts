import { findServerOf } from "../backup/operator.ts";
import { ServerError } from "../errors.ts";
import { dataDirOf } from "./options.ts";

const DEFAULT_SERVER = "http://localhost:4747";

export interface Visit {
  /** Without a slash at the end. */
  readonly server: string;
  readonly token: string;
}

export interface LayerAnswer {
  readonly id: string;
  readonly imageId: string;
  readonly name: string;
  readonly room: string;
  readonly locked: boolean;
}

/** Options of every command that talks to a running Coscope. */
export const SERVER_OPTIONS = {
  server: { type: "string" },
  data: { type: "string" },
  key: { type: "string" },
  token: { type: "string" },
} as const;

export const SERVER_USAGE = `  --server URL   the Coscope to ask; without it the one that runs on the data folder, else ${DEFAULT_SERVER}
  --data DIR     that data folder (default ./data)                   COSCOPE_DATA_DIR
  --key KEY      the secret of the join link, where the server wants one
  --token TOKEN  a session to use instead of coming in as a guest; or COSCOPE_TOKEN`;

/** What was given of `SERVER_OPTIONS`. */
export interface VisitOptions {
  readonly server?: string | undefined;
  readonly data?: string | undefined;
  readonly key?: string | undefined;
  readonly token?: string | undefined;
}

/** Comes in with the session that was given, or as a guest of this name. */
export async function visit(values: VisitOptions, name: string): Promise<Visit> {
  const found = values.server ?? (await findServerOf(dataDirOf(values.data))) ?? DEFAULT_SERVER;
  const server = found.replace(/\/+$/, "");
  const given = values.token ?? process.env["COSCOPE_TOKEN"];
  if (given) return { server, token: given };
  const guest = { name, color: "#999999", ...(values.key ? { key: values.key } : {}) };
  const { token } = await send<{ token: string }>(server, "/api/sessions/guest", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(guest),
  });
  return { server, token };
}

/** The answer to a GET, or to a POST where there is something to send. Throws ServerError. */
export function ask<Answer>({ server, token }: Visit, path: string, body?: unknown): Promise<Answer> {
  const authorization = `Bearer ${token}`;
  if (body === undefined) return send(server, path, { headers: { authorization } });
  const headers = { authorization, "content-type": "application/json" };
  return send(server, path, { method: "POST", headers, body: JSON.stringify(body) });
}

async function send<Answer>(server: string, path: string, init: RequestInit): Promise<Answer> {
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

/** A layer by its id, its room, its name, or `<image>/<name>`. Throws where there is none, or several of that name. */
export async function findLayer(by: Visit, wanted: string): Promise<LayerAnswer> {
  const named: LayerAnswer[] = [];
  for (const { id, name } of await ask<{ id: string; name: string }[]>(by, "/api/images")) {
    const layers = await ask<LayerAnswer[]>(by, `/api/images/${id}/layers`);
    const exact = layers.find((layer) => layer.id === wanted || layer.room === wanted);
    if (exact) return exact;
    const names = (layer: LayerAnswer) => [layer.name, `${id}/${layer.name}`, `${name}/${layer.name}`];
    named.push(...layers.filter((layer) => names(layer).includes(wanted)));
  }
  if (named.length === 1) return named[0]!;
  if (named.length === 0)
    throw new ServerError("not-found", `There is no layer "${wanted}".`, {
      next: 'Give it by its id, its room, its name, or with its image: "demo/Annotations".',
    });
  throw new ServerError("bad-argument", `${named.length} layers are called "${wanted}".`, {
    next: `Give one with its image, or by its room: ${named
      .map(({ imageId, name, room }) => `"${imageId}/${name}" (${room})`)
      .join(", ")}`,
  });
}
