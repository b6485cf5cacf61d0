import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildPage, repository } from "./build-page.ts";

export interface TestServer {
  /** Without a slash at the end. */
  readonly url: string;
  readonly port: number;
  /** As the server printed it: with the join key where there is one. */
  readonly pageUrl: string;
  /** SIGKILL: no time to write anything. */
  kill(): Promise<void>;
  /** After `kill`: on the same port and the same data. */
  restart(): Promise<void>;
  /** Stops it and deletes its data. */
  close(): Promise<void>;
}

export interface ServerOptions {
  readonly host?: string;
  readonly imageDirs?: readonly string[];
  /** Hosts that the server may fetch from for the page. */
  readonly allowHosts?: readonly string[];
  /** Further options of the command line. */
  readonly args?: readonly string[];
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Puts something into the data folder before the first start. */
  readonly prepare?: (dataDir: string) => void;
}

/** The real server in a process of its own, on a free port, with empty data. */
export async function startTestServer(options: ServerOptions = {}): Promise<TestServer> {
  const web = buildPage();
  const data = mkdtempSync(join(tmpdir(), "coscope-e2e-"));
  const host = options.host ?? "127.0.0.1";
  options.prepare?.(data);
  let child: ChildProcess;
  let pageUrl = "";

  async function launch(port: number): Promise<void> {
    const args = [
      "--port",
      `${port}`,
      "--host",
      host,
      "--data",
      data,
      "--web",
      web,
      "--no-open",
      "--log",
      "warn",
    ];
    args.push(...(options.args ?? []));
    for (const dir of options.imageDirs ?? []) args.push("--images", dir);
    for (const allowed of options.allowHosts ?? []) args.push("--allow-host", allowed);
    child = spawn(process.execPath, [join(repository, "apps/sync-server/src/main.ts"), ...args], {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, ...options.env },
    });
    pageUrl = await announced(child);
  }

  await launch(0);
  const port = Number(new URL(pageUrl).port);
  return {
    url: `http://${host === "0.0.0.0" ? "127.0.0.1" : host}:${port}`,
    port,
    get pageUrl() {
      return pageUrl;
    },
    async kill() {
      const gone = once(child, "exit");
      child.kill("SIGKILL");
      await gone;
    },
    restart: () => launch(port),
    async close() {
      if (child.exitCode === null && child.signalCode === null) {
        const gone = once(child, "exit");
        child.kill("SIGTERM");
        await gone;
      }
      rmSync(data, { recursive: true, force: true });
    },
  };
}

function announced(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    child.once("exit", (code) =>
      reject(new Error(`The server ended (${code}) before it was ready: ${text}`)),
    );
    child.stdout!.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      const url = /Coscope is at (\S+)/.exec(text)?.[1];
      if (url) resolve(url);
    });
  });
}
