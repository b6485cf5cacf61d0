import type { FromWorker, ToWorker } from "./messages.ts";

interface Waiting {
  resolve(response: Response): void;
  reject(error: unknown): void;
}

/** The worker's only way to bytes: it asks the server for them, which reads where it may. */
export class ServerFetch {
  readonly #say: (message: FromWorker) => void;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 1;

  constructor(say: (message: FromWorker) => void) {
    this.#say = say;
  }

  /** A `fetch` for the readers, of one image. `onAnswer` sees what came, to know an image again. */
  for(image: string, onAnswer?: (url: string, response: Response) => void): typeof fetch {
    return (input, init) => {
      const request = input instanceof Request ? input : null;
      const url = request?.url ?? String(input);
      const signal = init?.signal ?? request?.signal;
      const method = (init?.method ?? request?.method) === "HEAD" ? "HEAD" : "GET";
      const headers = [...new Headers(init?.headers ?? request?.headers)];
      const id = this.#nextId++;
      return new Promise<Response>((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const onAbort = () => {
          this.#waiting.delete(id);
          this.#say({ type: "fetch-cancel", id });
          reject(signal?.reason);
        };
        signal?.addEventListener("abort", onAbort, { once: true });
        const settle = () => signal?.removeEventListener("abort", onAbort);
        this.#waiting.set(id, {
          resolve: (response) => {
            settle();
            onAnswer?.(url, response);
            resolve(response);
          },
          reject: (error) => {
            settle();
            reject(error);
          },
        });
        this.#say({ type: "fetch", id, image, url, method, headers });
      });
    };
  }

  hear(message: ToWorker): void {
    if (message.type === "answer") {
      const { status, headers, body } = message;
      const hasBody = body !== null && ![101, 204, 205, 304].includes(status);
      const init = { status, headers: headers.map(([name, value]): [string, string] => [name, value]) };
      this.#take(message.id)?.resolve(new Response(hasBody ? (body as Uint8Array<ArrayBuffer>) : null, init));
    } else if (message.type === "unanswered") {
      this.#take(message.id)?.reject(new TypeError(message.message));
    }
  }

  #take(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting;
  }
}
