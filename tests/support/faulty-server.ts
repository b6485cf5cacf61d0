import { type ChildProcess, execFileSync, fork, spawnSync } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { TYPE_FLAGS } from "../server/child.ts";

const MAIN = fileURLToPath(new URL("./faulty-main.ts", import.meta.url));

/** Whether a process can be kept from writing to files while it runs; on Linux. */
export const canFillDisk = spawnSync("prlimit", ["--version"]).status === 0;

export interface FaultMessage {
  readonly id: number;
  readonly fault: "stall" | "hold" | "release" | "refuse" | "fail" | "lose-answers" | "skew" | "ask";
  readonly count: number;
}

/**
 * The server in a process of its own whose store a test can stall and fail; for the rest like `ServerProcess`.
 * `env` may name a PostgreSQL: `{ DATABASE_URL }`.
 */
export class FaultyServer {
  readonly child: ChildProcess;
  #output = "";
  #messages = 0;

  private constructor(child: ChildProcess) {
    this.child = child;
    for (const stream of [child.stdout!, child.stderr!])
      stream.on("data", (chunk) => {
        this.#output += chunk;
      });
  }

  /** Resolves once it takes requests; rejects with what it printed when it ends before. */
  static async start(
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<FaultyServer> {
    const child = fork(MAIN, ["--no-open", ...args], {
      execArgv: TYPE_FLAGS,
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      env: { ...process.env, COSCOPE_LOG: "error", ...env },
    });
    const server = new FaultyServer(child);
    await new Promise<void>((resolve, reject) => {
      child.stdout!.on("data", () => server.output.includes("Coscope is at ") && resolve());
      child.once("exit", (code) => reject(new Error(`ended with ${code}: ${server.output}`)));
    });
    return server;
  }

  /** Everything printed so far. */
  get output(): string {
    return this.#output;
  }

  get url(): string {
    return /Coscope is at (http:\/\/[^\s/]+)/.exec(this.#output)![1]!;
  }

  /** Commits wait until `release`. */
  stall = () => this.#send("stall");
  /** Its built-in database answers nothing until `release`, neither commits nor questions. */
  hold = () => this.#send("hold");
  release = () => this.#send("release");
  /** The log's table is away for so long: commits and loads fail in the database itself. */
  refuse = (ms: number) => this.#send("refuse", ms);
  /** The next `count` attempts to commit fail before anything is written. */
  failNext = (count: number) => this.#send("fail", count);
  /** The next `count` attempts are written and reported as failed. */
  loseAnswers = (count: number) => this.#send("lose-answers", count);
  /** Its wall clock is this far from the true one. */
  skew = (ms: number) => this.#send("skew", ms);
  /** How many attempts there were. */
  attempts = () => this.#send("ask");

  /** From here on, until `freeDisk`, nothing it writes gets into any file, as on a disk that is full. */
  fillDisk = () => this.#limitFiles("0");
  freeDisk = () => this.#limitFiles("unlimited");

  #limitFiles(size: string): void {
    execFileSync("prlimit", ["--pid", `${this.child.pid}`, `--fsize=${size}:`]);
  }

  /** Ends or stops it; resolves to the exit code after a signal that ends it, null after SIGKILL. */
  async signal(name: NodeJS.Signals): Promise<number | null> {
    this.child.kill(name);
    if (name === "SIGSTOP" || name === "SIGCONT") return null;
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, "exit");
    return this.child.exitCode;
  }

  async #send(fault: FaultMessage["fault"], count = 0): Promise<number> {
    const id = ++this.#messages;
    const answered = new Promise<number>((resolve) => {
      const listen = (answer: { id: number; attempts: number }) => {
        if (answer.id !== id) return;
        this.child.off("message", listen);
        resolve(answer.attempts);
      };
      this.child.on("message", listen);
    });
    this.child.send({ id, fault, count } satisfies FaultMessage);
    return answered;
  }
}
