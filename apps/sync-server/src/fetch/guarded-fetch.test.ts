import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createAllowList } from "./allow-list.ts";
import { createGuard, type Guard } from "./guard.ts";
import type { CredentialsFor } from "./guarded-fetch.ts";

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

let upstream: Server;
let port: number;
let guard: Guard;
let routes: Record<string, Handler> = {};
let asked: IncomingMessage[] = [];
const sockets = new Set<Socket>();

beforeAll(async () => {
  upstream = createServer((request, response) => {
    asked.push(request);
    const handler = routes[request.url!];
    if (handler) handler(request, response);
    else response.writeHead(404).end();
  });
  upstream.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));
  port = (upstream.address() as AddressInfo).port;
  guard = createGuard({
    allow: createAllowList([`a.example:${port}`, `b.example:${port}`]),
    resolver: async () => ["127.0.0.1"],
  });
});
beforeEach(() => {
  routes = {};
  asked = [];
});
afterAll(() => {
  guard.close();
  upstream.closeAllConnections();
  upstream.close();
});

const at = (path: string, host = "a") => `http://${host}.example:${port}${path}`;
const quick = { retryMs: 1 };

async function until(condition: () => unknown): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`still waiting for ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe("what comes back", () => {
  test("status, headers and body, the address after redirects; no cookies", async () => {
    routes["/from"] = (_, response) => void response.writeHead(302, { location: "/to" }).end();
    routes["/to"] = (_, response) =>
      void response.writeHead(206, { "content-range": "bytes 0-1/9", "set-cookie": "a=b" }).end("hi");
    const response = await guard.fetch(at("/from"), { headers: { range: "bytes=0-1" } });
    expect([response.status, response.url, await response.text()]).toEqual([206, at("/to"), "hi"]);
    expect(response.headers.get("content-range")).toBe("bytes 0-1/9");
    expect(response.headers.getSetCookie()).toEqual([]);
    expect(asked.map((request) => request.headers.range)).toEqual(["bytes=0-1", "bytes=0-1"]);
    expect(asked[0]!.headers).toMatchObject({ host: `a.example:${port}`, "accept-encoding": "identity" });
  });

  test("connections are kept for the next request", async () => {
    routes["/"] = (_, response) => void response.end("x");
    await (await guard.fetch(at("/"))).text();
    const before = sockets.size;
    for (let i = 0; i < 5; i++) await (await guard.fetch(at("/"))).text();
    expect(sockets.size).toBe(before);
  });

  test.each([
    ["gzip", gzipSync],
    ["deflate", deflateSync],
    ["br", brotliCompressSync],
    ["zstd", zstdCompressSync],
  ] as const)("an answer packed with %s, though not asked for, is unpacked", async (encoding, pack) => {
    routes["/"] = (_, response) =>
      void response.writeHead(200, { "content-encoding": encoding, etag: '"1"' }).end(pack("hello"));
    const response = await guard.fetch(at("/"));
    expect(await response.text()).toBe("hello");
    expect(response.headers.get("content-encoding")).toBeNull();
    expect(response.headers.get("content-length")).toBeNull();
    expect(response.headers.get("etag")).toBe('W/"1"');
  });

  test.each([
    ["twice packed", "gzip, gzip", 200],
    ["of unknown packing", "compress", 200],
    ["a packed part", "gzip", 206],
  ])("an answer that is %s is refused", async (_name, encoding, status) => {
    routes["/"] = (_, response) => void response.writeHead(status, { "content-encoding": encoding }).end("x");
    await expect(guard.fetch(at("/"))).rejects.toMatchObject({ code: "upstream-failed" });
  });
});

describe("limits", () => {
  test("a bomb stops where the limit is", async () => {
    const bomb = gzipSync(Buffer.alloc(80 * 2 ** 20));
    routes["/"] = (_, response) => void response.writeHead(200, { "content-encoding": "gzip" }).end(bomb);
    const response = await guard.fetch(at("/"));
    let most = 0;
    const read = async () => {
      for await (const chunk of response.body!) most += chunk.byteLength;
    };
    await expect(read()).rejects.toMatchObject({ code: "upstream-too-large" });
    expect(most).toBeLessThanOrEqual(64 * 2 ** 20);
  });

  test("an answer that says that it is too large is not read", async () => {
    routes["/"] = (_, response) => void response.writeHead(200, { "content-length": 2 ** 40 }).write("x");
    await expect(guard.fetch(at("/"), { maxBytes: 1000 })).rejects.toMatchObject({
      code: "upstream-too-large",
    });
    await until(() => asked[0]!.socket.destroyed);
  });

  test("an answer that does not say so is cut off", async () => {
    routes["/"] = (_, response) => {
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(1000)));
      };
      response.on("drain", more);
      more();
    };
    const response = await guard.fetch(at("/"), { maxBytes: 10_000 });
    await expect(response.arrayBuffer()).rejects.toMatchObject({ code: "upstream-too-large" });
    await until(() => asked[0]!.socket.destroyed);
  });

  test("what nobody reads is not fetched", async () => {
    let sent = 0;
    routes["/"] = (_, response) => {
      const chunk = Buffer.alloc(2 ** 16);
      const more = () => {
        while (sent < 2 ** 30 && response.write(chunk)) sent += chunk.length;
      };
      response.on("drain", more);
      more();
    };
    const response = await guard.fetch(at("/"), { maxBytes: 2 ** 31 });
    const reader = response.body!.getReader();
    await reader.read();
    // What fits into the buffers of two sockets, and not the gigabyte.
    await until(() => asked[0]!.socket.writableNeedDrain);
    expect(sent).toBeLessThan(64 * 2 ** 20);
    await reader.cancel();
    await until(() => asked[0]!.socket.destroyed);
  });

  test("a server that is silent, before and within the answer", async () => {
    routes["/silent"] = () => {};
    routes["/stops"] = (_, response) => void response.writeHead(200, { "content-length": 10 }).write("x");
    const options = { idleMs: 60, retries: 0 };
    await expect(guard.fetch(at("/silent"), options)).rejects.toMatchObject({ code: "upstream-timeout" });
    const response = await guard.fetch(at("/stops"), options);
    await expect(response.text()).rejects.toMatchObject({ code: "upstream-timeout" });
  });

  test("a server that drips", async () => {
    routes["/"] = (_, response) => {
      response.writeHead(200);
      const drip = setInterval(() => response.write("x"), 20);
      response.on("close", () => clearInterval(drip));
    };
    const response = await guard.fetch(at("/"), { totalMs: 200 });
    await expect(response.text()).rejects.toMatchObject({ code: "upstream-timeout" });
    await until(() => asked[0]!.socket.destroyed);
  });

  test("who leaves takes the request along, before and within the answer", async () => {
    routes["/silent"] = () => {};
    routes["/stops"] = (_, response) => void response.writeHead(200, { "content-length": 10 }).write("x");
    const before = new AbortController();
    const going = guard.fetch(at("/silent"), { signal: before.signal });
    await until(() => asked.length === 1);
    before.abort();
    await expect(going).rejects.toMatchObject({ name: "AbortError" });
    await until(() => asked[0]!.socket.destroyed);

    const within = new AbortController();
    const response = await guard.fetch(at("/stops"), { signal: within.signal });
    const reading = response.text();
    within.abort();
    await expect(reading).rejects.toMatchObject({ name: "AbortError" });
    await until(() => asked[1]!.socket.destroyed);
  });

  test("an answer that ends early is an error", async () => {
    routes["/"] = (_, response) => {
      response.writeHead(200, { "content-length": 10 }).write("x");
      setImmediate(() => response.destroy());
    };
    const response = await guard.fetch(at("/"));
    await expect(response.text()).rejects.toMatchObject({ code: "upstream-unreachable" });
  });
});

describe("trying again", () => {
  const after = (failures: number, fail: Handler): Handler => {
    let calls = 0;
    return (request, response) => (calls++ < failures ? fail(request, response) : response.end("there"));
  };

  test.each([429, 502, 503, 504])("status %i passes", async (status) => {
    routes["/"] = after(2, (_, response) => void response.writeHead(status).end());
    expect(await (await guard.fetch(at("/"), quick)).text()).toBe("there");
    expect(asked).toHaveLength(3);
  });

  test("a connection that is cut passes", async () => {
    routes["/"] = after(2, (request) => request.socket.destroy());
    expect(await (await guard.fetch(at("/"), quick)).text()).toBe("there");
  });

  test("a server that stays busy is left as it is", async () => {
    routes["/"] = (_, response) => void response.writeHead(503).end("busy");
    const response = await guard.fetch(at("/"), quick);
    expect([response.status, await response.text(), asked.length]).toEqual([503, "busy", 3]);
  });

  test.each([400, 401, 403, 404, 500])("status %i is final", async (status) => {
    routes["/"] = (_, response) => void response.writeHead(status).end();
    expect((await guard.fetch(at("/"), quick)).status).toBe(status);
    expect(asked).toHaveLength(1);
  });

  test("a name that is not there and a closed port are told by host alone", async () => {
    const allow = createAllowList(["gone.example:1"]);
    const gone = createGuard({
      allow,
      resolver: async () => {
        throw Object.assign(new Error("no"), { code: "ENOTFOUND" });
      },
    });
    await expect(gone.fetch("http://gone.example:1/?sig=secret")).rejects.toMatchObject({
      code: "upstream-unreachable",
      message: "No server is called gone.example:1.",
    });
    const closed = createGuard({ allow, resolver: async () => ["127.0.0.1"] });
    await expect(closed.fetch("http://gone.example:1/?sig=secret")).rejects.toMatchObject({
      code: "upstream-unreachable",
      message: "gone.example:1 does not take connections.",
    });
    gone.close();
    closed.close();
  });
});

describe("credentials", () => {
  test("go to the addresses they are for, at every hop, and to no other", async () => {
    const credentials: CredentialsFor = async (url) =>
      url.hostname === "a.example" && url.pathname.startsWith("/private/")
        ? { authorization: "secret" }
        : null;
    routes["/private/from"] = (_, response) =>
      void response.writeHead(302, { location: at("/other", "b") }).end();
    routes["/other"] = (_, response) => void response.writeHead(302, { location: at("/private/to") }).end();
    routes["/private/to"] = (_, response) => void response.end("there");
    await (await guard.fetch(at("/private/from"), { credentials })).text();
    expect(asked.map((request) => request.headers.authorization)).toEqual(["secret", undefined, "secret"]);
  });

  test("headers of the caller do not follow to another origin, but for harmless ones", async () => {
    routes["/from"] = (_, response) => void response.writeHead(307, { location: at("/to", "b") }).end();
    routes["/to"] = (_, response) => void response.end();
    const headers = { authorization: "secret", cookie: "secret", "x-api-key": "secret", range: "bytes=0-1" };
    await guard.fetch(at("/from"), { headers });
    expect(asked[0]!.headers).toMatchObject(headers);
    expect(asked[1]!.headers.range).toBe("bytes=0-1");
    expect(JSON.stringify(asked[1]!.headers)).not.toContain("secret");
  });
});
