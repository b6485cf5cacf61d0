import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { findPostgres } from "../../scripts/lib/postgres.mjs";

/** Folder of PostgreSQL's programs, or null: tests that need it say `skipIf(!postgresBin)`. */
export const postgresBin = process.env["COSCOPE_NO_POSTGRES"] ? null : findPostgres();

export interface PostgresOptions {
  /** Wait for the disk, as in production. Off by default: tests kill the server, not the machine. */
  fsync?: boolean;
}

/** A real PostgreSQL of its own on a free port, in a temporary folder. */
export class PostgresServer {
  readonly dir: string;
  readonly port: number;
  readonly #fsync: boolean;
  #child: ChildProcess | null = null;
  #databases = 0;

  private constructor(dir: string, port: number, fsync: boolean) {
    this.dir = dir;
    this.port = port;
    this.#fsync = fsync;
  }

  static async start({ fsync = false }: PostgresOptions = {}): Promise<PostgresServer> {
    const dir = mkdtempSync(join(tmpdir(), "coscope-postgres-"));
    const owner = unprivileged();
    if (owner) chownSync(dir, owner.uid, owner.gid);
    execFileSync(
      join(postgresBin!, "initdb"),
      [
        "--pgdata",
        join(dir, "data"),
        "--username=coscope",
        "--auth=trust",
        "--encoding=UTF8",
        "--no-locale",
        "--no-sync",
      ],
      { stdio: "ignore", cwd: dir, ...owner },
    );
    const server = new PostgresServer(dir, await freePort(), fsync);
    await server.launch();
    return server;
  }

  /** Address of one of its databases. */
  url(database = "postgres"): string {
    return `postgres://coscope@127.0.0.1:${this.port}/${database}`;
  }

  /** A new database, empty or a copy of one that nobody is connected to; resolves to its address. */
  async createDatabase(template = "template0"): Promise<string> {
    const name = `test${++this.#databases}`;
    await this.query(`create database ${name} template ${template}`);
    return this.url(name);
  }

  async query(sql: string, database = "postgres"): Promise<Record<string, unknown>[]> {
    const client = new pg.Client({ connectionString: this.url(database) });
    await client.connect();
    try {
      return (await client.query(sql)).rows;
    } finally {
      await client.end();
    }
  }

  /** Starts it again after `stop`; resolves when it answers. */
  async launch(): Promise<void> {
    const fsync = this.#fsync ? [] : ["-c", "fsync=off"];
    const child = spawn(
      join(postgresBin!, "postgres"),
      [
        "-D",
        join(this.dir, "data"),
        ...["-p", String(this.port)],
        ...["-c", "listen_addresses=127.0.0.1"],
        ...["-c", `unix_socket_directories=${this.dir}`],
        ...["-c", "max_connections=60"],
        ...["-c", "shared_buffers=32MB"],
        ...fsync,
      ],
      { stdio: ["ignore", "ignore", "pipe"], cwd: this.dir, ...unprivileged() },
    );
    this.#child = child;
    let log = "";
    child.stderr!.on("data", (chunk) => {
      log = (log + chunk).slice(-4_000);
    });
    for (;;) {
      const answers = await this.query("select 1").then(
        () => true,
        () => false,
      );
      if (answers) return;
      if (child.exitCode !== null || child.signalCode !== null)
        throw new Error(`PostgreSQL ended at its start: ${log}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Ends it: `fast` cuts connections off and writes what it has, `immediate` is like a crash of all its processes. */
  async stop(how: "fast" | "immediate" = "fast"): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill(how === "fast" ? "SIGINT" : "SIGQUIT");
    await once(child, "exit");
  }

  /** Cuts off connections, all or those of one application. Resolves to their number. */
  async cut(application = "coscope%"): Promise<number> {
    const rows = await this.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where application_name like '${application}' and pid <> pg_backend_pid()`,
    );
    return rows.length;
  }

  /** Makes every commit, load and join of a server on this database wait until the function returned is called. */
  async stall(database: string): Promise<() => Promise<void>> {
    const client = new pg.Client({ connectionString: database });
    client.on("error", () => {});
    await client.connect();
    // In the order in which the log's own statements take them; a retry of theirs comes from the other side.
    const tables = "setting, layer, document_head, document_updates, client_owner, document_snapshots";
    const lock = () => client.query(`begin; lock table ${tables} in access exclusive mode`);
    for (let tries = 0; ; tries++) {
      const deadlock = await lock().then(
        () => null,
        (error: Error) => error,
      );
      if (deadlock === null) break;
      await client.query("rollback");
      if (tries === 5) throw deadlock;
    }
    return async () => {
      await client.query("rollback");
      await client.end();
    };
  }

  async remove(): Promise<void> {
    await this.stop("immediate");
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** PostgreSQL refuses to run as root: there is always somebody who may less. */
function unprivileged(): { uid: number; gid: number } | null {
  if (process.getuid?.() !== 0) return null;
  const accounts = readFileSync("/etc/passwd", "utf8").split("\n");
  for (const name of ["postgres", "nobody"]) {
    const account = accounts.find((line) => line.startsWith(`${name}:`))?.split(":");
    if (account) return { uid: Number(account[2]), gid: Number(account[3]) };
  }
  throw new Error("Neither a user postgres nor nobody: run the tests as somebody other than root.");
}

export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as { port: number };
  probe.close();
  await once(probe, "close");
  return port;
}
