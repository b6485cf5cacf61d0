import type { IncomingMessage } from "node:http";
import { pipeline, type Readable } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from "node:zlib";
import { ServerError } from "../errors.ts";
import { explainFailure, tooLarge } from "./explain.ts";

/** What was packed is text: metadata, descriptions. Anything larger is a bomb. */
const MAX_UNPACKED_BYTES = 64 * 2 ** 20;

const UNPACK: Readonly<Record<string, () => NodeJS.ReadWriteStream>> = {
  gzip: createGunzip,
  "x-gzip": createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
  zstd: createZstdDecompress,
};

export interface AnswerLimits {
  readonly method: string;
  readonly maxBytes: number;
  /** What an error of the network means, when a limit of ours or the caller caused it. */
  fail(error: unknown): unknown;
}

/** An answer of the network as `fetch` gives it: unpacked, without cookies, read only as fast as it is read from. */
export function answerOf(
  message: IncomingMessage,
  url: URL,
  { method, maxBytes, fail }: AnswerLimits,
): Response {
  const status = message.statusCode ?? 0;
  const headers = headersOf(message);
  const encoding = (headers.get("content-encoding") ?? "identity").trim().toLowerCase();
  const declared = Number(headers.get("content-length") ?? 0);
  const hasBody = method !== "HEAD" && status !== 204 && status !== 304;
  const giveUp = (error: ServerError): never => {
    message.destroy();
    throw error;
  };
  if (status < 200 || status > 599) {
    giveUp(
      new ServerError("upstream-failed", `${url.host} answers with status ${status}.`, {
        next: "That is no web server that sends files: check the address.",
      }),
    );
  }
  if (hasBody && declared > maxBytes) giveUp(tooLarge(url.host, maxBytes));

  let source: Readable = message;
  let limit = maxBytes;
  if (hasBody && encoding !== "identity") {
    const unpack = Object.hasOwn(UNPACK, encoding) ? UNPACK[encoding] : undefined;
    if (!unpack || status === 206) {
      giveUp(
        new ServerError(
          "upstream-failed",
          `${url.host} packs its answers (${encoding}) though not asked to.`,
          {
            next: "Ask whoever runs that server to send files as they are, without Content-Encoding.",
          },
        ),
      );
    } else {
      // An error of either end shows when the unpacked side is read.
      source = pipeline(message, unpack(), () => {}) as unknown as Readable;
      limit = Math.min(maxBytes, MAX_UNPACKED_BYTES);
    }
    headers.delete("content-encoding");
    headers.delete("content-length");
    const etag = headers.get("etag");
    if (etag && !etag.startsWith("W/")) headers.set("etag", `W/${etag}`);
  }
  if (!hasBody) message.resume();
  const body = hasBody ? streamOf(source, message, url, limit, fail) : null;
  const response = new Response(body, { status, headers });
  // What readers take for the address of what they got, after redirects.
  Object.defineProperty(response, "url", { value: url.href });
  return response;
}

function streamOf(
  source: Readable,
  message: IncomingMessage,
  url: URL,
  limit: number,
  fail: (error: unknown) => unknown,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const chunks = source[Symbol.asyncIterator]() as AsyncIterator<Buffer<ArrayBuffer>>;
  let size = 0;
  return new ReadableStream(
    {
      async pull(controller) {
        try {
          const { done, value } = await chunks.next();
          if (done) {
            // A stream that ends early looks the same as one that is complete.
            if (!message.complete) throw Object.assign(new Error("aborted"), { code: "ECONNRESET" });
            return controller.close();
          }
          size += value.byteLength;
          if (size > limit) throw tooLarge(url.host, limit);
          controller.enqueue(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
        } catch (error) {
          message.destroy();
          const cause = fail(error);
          controller.error(cause === error ? explainFailure(error, url.host) : cause);
        }
      },
      cancel() {
        message.destroy();
      },
    },
    { highWaterMark: 0 },
  );
}

function headersOf(message: IncomingMessage): Headers {
  const headers = new Headers();
  const { rawHeaders } = message;
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!;
    if (/^set-cookie2?$/i.test(name)) continue;
    try {
      headers.append(name, rawHeaders[i + 1]!);
    } catch {
      // Not a header that anybody could use.
    }
  }
  return headers;
}
