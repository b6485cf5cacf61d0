import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findVersitygw } from "../../scripts/lib/versitygw.mjs";
import { freePort } from "./postgres.ts";

/** The S3 server, or null: tests that need it say `skipIf(!s3Program)`. */
export const s3Program = process.env["COSCOPE_NO_S3"] ? null : findVersitygw();

/** A real S3 server on a free port, with one bucket, in a temporary folder. */
export class S3Server {
  readonly dir: string;
  readonly endpoint: string;
  readonly bucket = "coscope-test";
  readonly accessKeyId = "tester";
  readonly secretAccessKey = "a secret of the tests";
  readonly #child: ChildProcess;

  private constructor(dir: string, endpoint: string, child: ChildProcess) {
    this.dir = dir;
    this.endpoint = endpoint;
    this.#child = child;
  }

  static async start(): Promise<S3Server> {
    const dir = mkdtempSync(join(tmpdir(), "coscope-s3-"));
    const port = await freePort();
    for (const folder of ["objects/coscope-test", "metadata"])
      mkdirSync(join(dir, folder), { recursive: true });
    const child = spawn(
      s3Program!,
      // A folder for what others keep in extended attributes: not every file system has them.
      [
        "--quiet",
        "--port",
        `127.0.0.1:${port}`,
        "posix",
        "--sidecar",
        join(dir, "metadata"),
        join(dir, "objects"),
      ],
      {
        stdio: ["ignore", "ignore", "pipe"],
        env: { ...process.env, ROOT_ACCESS_KEY: "tester", ROOT_SECRET_KEY: "a secret of the tests" },
      },
    );
    let log = "";
    child.stderr!.on("data", (chunk) => {
      log = (log + chunk).slice(-4_000);
    });
    const server = new S3Server(dir, `http://127.0.0.1:${port}`, child);
    for (;;) {
      if (child.exitCode !== null) throw new Error(`versitygw ended at its start: ${log}`);
      const answers = await fetch(server.endpoint).then(
        () => true,
        () => false,
      );
      if (answers) return server;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** For `openBlobs`, or for a server in a process of its own. */
  env(prefix = ""): Record<string, string> {
    return {
      COSCOPE_BLOBS: `s3://${this.bucket}/${prefix}`,
      AWS_ENDPOINT_URL_S3: this.endpoint,
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: this.accessKeyId,
      AWS_SECRET_ACCESS_KEY: this.secretAccessKey,
    };
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill("SIGKILL");
    await once(this.#child, "exit");
  }

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.dir, { recursive: true, force: true });
  }
}
