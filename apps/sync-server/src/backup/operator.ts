import { randomBytes, timingSafeEqual } from "node:crypto";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { ServerError } from "../errors.ts";
import type { App } from "../http/context.ts";
import type { Store } from "../store/store.ts";
import { exportRows, type RowLine } from "./export-rows.ts";

/**
 * How commands look into the built-in database, which only one process can have open: the running server reads out
 * rows to whoever knows the token in `operator.json`, a file in the data folder that only its owner may read.
 */
const FILE = "operator.json";
const PATH = "/api/operator/rows";
const HEADER = "x-coscope-operator";
/** Last line of a complete answer. */
const END = "end";

interface OperatorFile {
  url: string;
  token: string;
}

/** Mounts the route; `announce` writes the file once the address is known, and returns what removes it. */
export function mountOperator(
  app: App,
  { db, documentLog }: Pick<Store, "db" | "documentLog">,
): { announce(dataDir: string, url: string): () => void } {
  const token = randomBytes(24).toString("base64url");
  app.get(PATH, async (c) => {
    const given = Buffer.from(c.req.header(HEADER) ?? "");
    const wanted = Buffer.from(token);
    if (given.length !== wanted.length || !timingSafeEqual(given, wanted))
      throw new ServerError("forbidden", "This is for the operator of the server alone.");
    const tables = c.req.query("tables")?.split(",");
    const options = { ...(tables ? { tables } : {}), snapshots: c.req.query("snapshots") === "1" };
    await documentLog.settle();
    async function* lines() {
      let count = 0;
      for await (const { table, json } of exportRows(db, options)) {
        count++;
        yield `${table}\t${json}\n`;
      }
      yield `${END}\t${count}\n`;
    }
    return c.body(Readable.toWeb(Readable.from(lines())) as ReadableStream, 200, {
      "Content-Type": "text/plain; charset=utf-8",
    });
  });
  return {
    announce(dataDir, url) {
      const file = join(dataDir, FILE);
      rmSync(file, { force: true });
      writeFileSync(file, JSON.stringify({ url, token } satisfies OperatorFile), { mode: 0o600, flag: "wx" });
      return () => rmSync(file, { force: true });
    },
  };
}

/** Rows of the database of a server that runs with this data folder. Throws "data-busy" when it cannot be asked. */
export async function* askOperator(
  dataDir: string,
  { tables, snapshots }: { tables?: readonly string[]; snapshots?: boolean },
): AsyncGenerator<RowLine> {
  const { url, token } = readOperatorFile(dataDir);
  const query = new URLSearchParams({
    ...(tables ? { tables: tables.join(",") } : {}),
    ...(snapshots ? { snapshots: "1" } : {}),
  });
  const response = await fetch(`${url}${PATH}?${query}`, { headers: { [HEADER]: token } }).catch((cause) => {
    throw unreachable(dataDir, cause);
  });
  if (!response.ok || !response.body) throw unreachable(dataDir, new Error(`status ${response.status}`));
  let count = 0;
  for await (const line of linesOf(response.body)) {
    const tab = line.indexOf("\t");
    const [table, json] = [line.slice(0, tab), line.slice(tab + 1)];
    if (table === END && Number(json) === count) return;
    count++;
    yield { table, json };
  }
  throw unreachable(dataDir, new Error("the answer broke off"));
}

/** Address of the server that runs on a data folder; null where none answers, or who asks may not read where it is. */
export async function findServerOf(dataDir: string): Promise<string | null> {
  try {
    const { url } = readOperatorFile(dataDir);
    // One that was killed leaves its file.
    return (await fetch(`${url}/healthz`)).ok ? url : null;
  } catch {
    return null;
  }
}

async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of body) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = parts.pop()!;
    yield* parts;
  }
}

function readOperatorFile(dataDir: string): OperatorFile {
  try {
    return JSON.parse(readFileSync(join(dataDir, FILE), "utf8")) as OperatorFile;
  } catch (cause) {
    throw unreachable(dataDir, cause);
  }
}

function unreachable(dataDir: string, cause: unknown): ServerError {
  return new ServerError(
    "data-busy",
    `${dataDir} is in use, and the Coscope that uses it cannot be asked: ${(cause as Error).message}`,
    { next: "Run the command as the same user as the server, or stop the server first.", cause },
  );
}
