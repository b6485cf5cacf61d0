import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { download, useProxyFromEnv } from "./download.ts";
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
  await download(file(), to(), { onProgress });
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

test("goes through a proxy where one is named", async () => {
  answer = upTo(1e9);
  const through: string[] = [];
  const proxy = createServer();
  proxy.on("connect", (req, socket) => {
    through.push(req.url ?? "");
    const inner = connect(Number(new URL(base).port), "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      socket.pipe(inner).pipe(socket);
    });
    inner.on("error", () => socket.destroy());
    socket.on("error", () => inner.destroy());
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const restore = useProxyFromEnv({
    http_proxy: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
  });
  try {
    await download({ ...file(), url: "http://models.invalid/model.onnx" }, to(), { retries: 0 }).catch(
      () => {},
    );
    expect(through.some((address) => address.includes("models.invalid"))).toBe(true);
  } finally {
    restore();
    proxy.closeAllConnections();
    proxy.close();
  }
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
