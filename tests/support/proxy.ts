import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

interface Line {
  readonly near: Socket;
  readonly far: Socket;
  swallowing: boolean;
}

/** A TCP proxy on a port that stays, before a server that comes and goes; lines through it can go dead. */
export class FlakyProxy {
  readonly #server: Server;
  readonly #lines = new Set<Line>();
  /** Where new connections go; null refuses them. */
  target: number | null = null;
  /** What each line carries from the target in a second, as a slow one does; all else waits at the target. */
  bytesPerSecond = Number.POSITIVE_INFINITY;

  private constructor(server: Server) {
    this.#server = server;
    server.on("connection", (near) => this.#join(near));
  }

  static async start(): Promise<FlakyProxy> {
    const server = createServer();
    const proxy = new FlakyProxy(server);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as { port: number }).port}`;
  }

  #join(near: Socket): void {
    near.on("error", () => {});
    if (this.target === null) {
      near.destroy();
      return;
    }
    const far = connect(this.target, "127.0.0.1");
    far.on("error", () => {});
    const line: Line = { near, far, swallowing: false };
    this.#lines.add(line);
    const end = () => {
      this.#lines.delete(line);
      near.destroy();
      far.destroy();
    };
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.on("data", (bytes: Buffer) => {
        if (!line.swallowing) to.write(bytes);
        if (from === far) this.#rest(far, bytes.length);
      });
      // Of a dead line nobody hears that it ended.
      from.on("close", () => line.swallowing || end());
    }
  }

  #rest(far: Socket, bytes: number): void {
    const ms = (bytes / this.bytesPerSecond) * 1000;
    if (ms === 0) return;
    far.pause();
    setTimeout(() => far.resume(), ms).unref();
  }

  /**
   * Half-open: the lines that `choose` picks stay open at both ends and carry nothing any more. The function returned
   * cuts them, as a router does that has forgotten them.
   */
  swallow(choose: () => boolean): () => void {
    const chosen = [...this.#lines].filter(choose);
    for (const line of chosen) line.swallowing = true;
    return () => {
      for (const line of chosen) {
        this.#lines.delete(line);
        line.near.destroy();
        line.far.destroy();
      }
    };
  }

  async stop(): Promise<void> {
    this.#server.close();
    for (const { near, far } of this.#lines) {
      near.destroy();
      far.destroy();
    }
    await once(this.#server, "close");
  }
}
