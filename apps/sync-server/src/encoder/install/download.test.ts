import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { download } from "./download.ts";
import { KNOWN_MODELS } from "./registry.ts";

const content = randomBytes(300_000);
const sha256 = createHash("sha256").update(content).digest("hex");
let server: Server;
let dir: string;
let base: string;
let asked: (string | undefined)[] = [];
let answer: (request: IncomingMessage, response: ServerResponse) => void;

/** With ranges, as file servers answer; stops after `most` bytes. */
const upTo =
  (most: number) =>
  (req: IncomingMessage, response: ServerResponse): void => {
    const start = Number(/^bytes=(\d+)-$/.exec(req.headers.range ?? "")?.[1] ?? 0);
    const headers = { "content-length": content.length - start };
    if (req.headers.range)
      response.writeHead(206, {
        ...headers,
        "content-range": `bytes ${start}-${content.length - 1}/${content.length}`,
      });
    else response.writeHead(200, headers);
    const part = content.subarray(start, start + most);
    if (start + most >= content.length) response.end(part);
    else response.write(part);
  };

beforeAll(async () => {
  server = createServer((req, response) => {
    asked.push(req.headers.range);
    answer(req, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "coscope-download-"));
  asked = [];
  return () => rm(dir, { recursive: true });
});
const file = () => ({ url: `${base}/model.onnx`, bytes: content.length, sha256 });
const to = () => join(dir, "model.onnx");

test("goes on where it ended, and says how far it is", async () => {
  // The line ends when what was sent has arrived.
  let end: { at: number; response: ServerResponse } | null = null;
  answer = (req, response) => {
    upTo(120_000)(req, response);
    const start = Number(/^bytes=(\d+)-$/.exec(req.headers.range ?? "")?.[1] ?? 0);
    end = { at: start + 120_000, response };
  };
  const shares: number[] = [];
  const onProgress = (share: number) => {
    shares.push(share);
    if (end && share < 1 && share * content.length >= end.at) end.response.destroy();
  };
  await download(file(), to(), { onProgress, backoffMs: 1 });
  expect(Buffer.compare(await readFile(to()), content)).toBe(0);
  expect(asked).toEqual([undefined, "bytes=120000-", "bytes=240000-"]);
  expect(shares.at(-1)).toBe(1);
  expect(shares).toEqual([...shares].sort((a, b) => a - b));
  // A second time nothing is asked.
  await download(file(), to());
  expect(asked.length).toBe(3);
});

test("begins anew where the server gives no parts", async () => {
  await writeFile(`${to()}.partial`, content.subarray(0, 1000));
  answer = (_, response) => void response.writeHead(200).end(content);
  await download(file(), to());
  expect(asked).toEqual(["bytes=1000-"]);
  expect(Buffer.compare(await readFile(to()), content)).toBe(0);
});

test("never puts under its name what is something else", async () => {
  answer = (_, response) => void response.writeHead(200).end(randomBytes(content.length));
  await expect(download(file(), to())).rejects.toMatchObject({ code: "bad-download" });
  answer = (_, response) => void response.writeHead(200).end(randomBytes(content.length + 1));
  await expect(download(file(), to())).rejects.toMatchObject({ code: "upstream-too-large" });
  answer = (_, response) => void response.writeHead(403).end("sign in");
  await rm(`${to()}.partial`, { force: true });
  await expect(download(file(), to())).rejects.toMatchObject({ code: "upstream-failed" });
  expect((await readdir(dir)).includes("model.onnx")).toBe(false);
});

test("says what to do without a network", async () => {
  const nowhere = { ...file(), url: "http://127.0.0.1:1/model.onnx" };
  await expect(download(nowhere, to(), { retries: 0 })).rejects.toMatchObject({
    code: "upstream-unreachable",
    next: expect.stringMatching(/HTTPS_PROXY/),
  });
});

test.each([429, 500, 503])("tries again after status %i, as late as it is told", async (status) => {
  const isTold = status === 429;
  const at: number[] = [];
  answer = (req, response) => {
    at.push(performance.now());
    if (at.length > 2) upTo(1e9)(req, response);
    else response.writeHead(status, isTold && at.length === 1 ? { "retry-after": "1" } : {}).end("not now");
  };
  await download(file(), to(), { backoffMs: 1 });
  expect(asked.length).toBe(3);
  // Timers may be a little early.
  if (isTold) expect(at[1]! - at[0]!).toBeGreaterThan(950);
  expect(Buffer.compare(await readFile(to()), content)).toBe(0);
});

test("waits longer before each further try, and then says with what it was answered", async () => {
  const at: number[] = [];
  answer = (_, response) => {
    at.push(performance.now());
    response.writeHead(503).end();
  };
  await expect(download(file(), to(), { retries: 3, backoffMs: 40 })).rejects.toMatchObject({
    code: "upstream-failed",
    message: expect.stringMatching(/status 503/),
  });
  const pauses = at.slice(1).map((time, i) => time - at[i]!);
  expect(pauses.length).toBe(3);
  for (const [i, least] of [38, 78, 158].entries()) expect(pauses[i]).toBeGreaterThan(least);
});

test("a line on which nothing comes is given up, before an answer and within one", async () => {
  answer = (req, response) => {
    if (asked.length === 1) return;
    if (asked.length === 2) upTo(100_000)(req, response);
    else upTo(1e9)(req, response);
  };
  await download(file(), to(), { backoffMs: 1, idleMs: 300 });
  expect(asked.slice(0, 2)).toEqual([undefined, undefined]);
  expect(asked.at(-1)).toMatch(/^bytes=\d+-$/);
  answer = () => {};
  await rm(to());
  await expect(download(file(), to(), { retries: 0, idleMs: 50 })).rejects.toMatchObject({
    code: "upstream-unreachable",
    message: expect.stringMatching(/no byte came for 0.05 s/),
  });
});

test("begins anew where the file has become shorter than what came before", async () => {
  await writeFile(`${to()}.partial`, content.subarray(0, 1000));
  answer = (req, response) =>
    void (req.headers.range ? response.writeHead(416).end() : response.writeHead(200).end(content));
  await download(file(), to(), { backoffMs: 1 });
  expect(asked).toEqual(["bytes=1000-", undefined]);
});

test("who stops it does not wait for another try", async () => {
  answer = (_, response) => void response.writeHead(503, { "retry-after": "60" }).end();
  const stop = new AbortController();
  const coming = download(file(), to(), { signal: stop.signal });
  await expect.poll(() => asked.length).toBe(1);
  stop.abort(new Error("stopped"));
  await expect(coming).rejects.toThrow();
});

test("what can be pulled is pinned", () => {
  for (const { encoder, decoder, licence, pinned } of KNOWN_MODELS) {
    for (const one of [encoder, decoder]) {
      expect(one.sha256).toMatch(/^[0-9a-f]{64}$/);
      expect(one.url).toMatch(/^https:\/\/.*\/resolve\/[0-9a-f]{40}\//);
    }
    expect(licence && pinned).toBeTruthy();
  }
});
