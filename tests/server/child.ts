import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../apps/sync-server/src/main.ts", import.meta.url));

/** From here on Node runs TypeScript without being told; before, it also warns about it. */
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
const STRIPS_TYPES = major > 23 || (major === 23 && minor >= 6) || (major === 22 && minor >= 18);
/** Flags with which this Node runs our sources. */
export const TYPE_FLAGS = STRIPS_TYPES
  ? []
  : ["--experimental-strip-types", "--disable-warning=ExperimentalWarning"];

/** The server as its own process, as `npm start` runs it. */
export class ServerProcess {
  readonly child: ChildProcess;
  #output = "";

  private constructor(child: ChildProcess) {
    this.child = child;
    for (const stream of [child.stdout!, child.stderr!])
      stream.on("data", (chunk) => {
        this.#output += chunk;
      });
  }

  /** Everything printed so far. */
  get output(): string {
    return this.#output;
  }

  get url(): string {
    return /Coscope is at (http:\/\/[^\s/]+)/.exec(this.#output)![1]!;
  }

  static run(args: readonly string[], env: Readonly<Record<string, string>> = {}): ServerProcess {
    const child = spawn(process.execPath, [...TYPE_FLAGS, MAIN, "--no-open", ...args], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, COSCOPE_LOG: "error", ...env },
    });
    return new ServerProcess(child);
  }

  /** Resolves once it takes requests; rejects with what it printed when it ends before. */
  static async start(
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<ServerProcess> {
    const server = ServerProcess.run(args, env);
    const isReady = () => server.output.includes("Coscope is at ");
    await new Promise<void>((resolve, reject) => {
      server.child.stdout!.on("data", () => isReady() && resolve());
      server.child.once("exit", (code) => reject(new Error(`ended with ${code}: ${server.output}`)));
    });
    return server;
  }

  /** The exit code; null after a signal. */
  async exit(): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, "exit");
    return this.child.exitCode;
  }

  async signal(name: NodeJS.Signals): Promise<number | null> {
    this.child.kill(name);
    return this.exit();
  }
}
