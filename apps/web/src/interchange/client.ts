import type { Answer, Answers, Request } from "./messages.ts";

/** What could not be read or written: `text` says where, `code` what kind of thing. */
export class FileError extends Error {
  override readonly name = "FileError";
  readonly code: string;
  constructor(code: string, text: string) {
    super(text);
    this.code = code;
  }
}

export interface FileWorker {
  /** Answered in order. Throws FileError. */
  ask<Job extends Request["job"]>(request: Request & { job: Job }): Promise<Answers[Job]>;
  close(): void;
}

/** Reads and writes files beside the page, which stays quick. */
export function openFileWorker(): FileWorker {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module", name: "files" });
  const waiting: PromiseWithResolvers<never>[] = [];
  worker.addEventListener("message", ({ data }: MessageEvent<Answer>) => {
    const next = waiting.shift();
    if ("failed" in data) next?.reject(new FileError(data.failed.code, data.failed.text));
    else next?.resolve(data.result as never);
  });
  worker.addEventListener("error", ({ message }) => {
    for (const one of waiting.splice(0)) one.reject(new FileError("unreadable", message));
  });
  return {
    ask(request) {
      const answer = Promise.withResolvers<never>();
      waiting.push(answer);
      worker.postMessage(request);
      return answer.promise;
    },
    close: () => worker.terminate(),
  };
}
