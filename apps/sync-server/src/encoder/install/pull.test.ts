import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { fakeSam } from "@coscope/models/testing";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { useProxyFromEnv } from "./download.ts";
import { addFiles, pull } from "./install.ts";
import type { KnownModel, RemoteFile } from "./registry.ts";

/** `models pull` from a server here that stands for the one on the web: MobileSAM's signature, in small. */

const fake = fakeSam("mobile-sam");
const CONTENT: Readonly<Record<string, Uint8Array>> = { "/e.onnx": fake.encoder, "/d.onnx": fake.decoder };
let dir: string;
let asked: string[] = [];
/** A line ends after so many bytes of an answer, once they have arrived. */
let most = Number.POSITIVE_INFINITY;
const ALL = fake.encoder.length + fake.decoder.length;
let held: { response: ServerResponse; until: number } | null = null;
const onProgress = (share: number) => {
  if (held && Math.round(share * ALL) >= held.until) {
    held.response.destroy();
    held = null;
  }
};

function serve(req: IncomingMessage, response: ServerResponse): void {
  const content = CONTENT[req.url ?? ""];
  asked.push(`${req.url} ${req.headers.range ?? "whole"}`);
  if (!content) return void response.writeHead(404).end();
  const start = Number(/^bytes=(\d+)-$/.exec(req.headers.range ?? "")?.[1] ?? 0);
  response.writeHead(start > 0 ? 206 : 200, {
    "content-length": content.length - start,
    ...(start > 0 ? { "content-range": `bytes ${start}-${content.length - 1}/${content.length}` } : {}),
  });
  const part = content.subarray(start, start + most);
  if (start + part.length === content.length) response.end(part);
  else {
    response.write(part);
    const before = content === fake.decoder ? fake.encoder.length : 0;
    held = { response, until: before + start + part.length };
  }
}
const listen = async (server: Server) => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
};
const end = (server: Server | undefined) => {
  server?.closeAllConnections();
  server?.close();
};
const fileOf = (base: string, path: string): RemoteFile => {
  const content = CONTENT[path]!;
  const sha256 = createHash("sha256").update(content).digest("hex");
  return { url: base + path, bytes: content.length, sha256 };
};
const modelAt = (base: string): KnownModel => ({
  id: "small-sam",
  title: "Small SAM",
  family: "sam",
  licence: "MIT",
  source: "generated",
  pinned: "computed here",
  encoder: fileOf(base, "/e.onnx"),
  decoder: fileOf(base, "/d.onnx"),
});
const folder = () => join(dir, "models", "small-sam");

let server: Server;
let base: string;
let port: number;
beforeAll(async () => {
  server = createServer(serve);
  port = await listen(server);
  base = `http://127.0.0.1:${port}`;
});
afterAll(() => end(server));
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "coscope-pull-"));
  asked = [];
  most = Number.POSITIVE_INFINITY;
  held = null;
  return () => rm(dir, { recursive: true });
});

describe("a model that is pulled", () => {
  test("is described, tried and there, with its progress; a second time nothing is asked for", async () => {
    const shares: number[] = [];
    expect(await pull(dir, modelAt(base), { onProgress: (share) => shares.push(share) })).toBe(folder());
    expect(asked).toEqual(["/e.onnx whole", "/d.onnx whole"]);
    expect(shares.at(-1)).toBe(1);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(await readdir(join(dir, "models"))).toEqual(["small-sam"]);
    const manifest = JSON.parse(await readFile(join(folder(), "manifest.json"), "utf8"));
    expect(manifest).toMatchObject({ id: "small-sam", encoder: { input: { layout: "HWC" } } });
    // What somebody changed in it stays.
    await writeFile(join(folder(), "manifest.json"), JSON.stringify({ ...manifest, title: "Ours" }));
    await pull(dir, modelAt(base));
    expect(asked.length).toBe(2);
    expect(await readFile(join(folder(), "manifest.json"), "utf8")).toContain("Ours");
    // Of one that is damaged, what is damaged.
    await writeFile(join(folder(), "decoder.onnx"), "damaged");
    await pull(dir, modelAt(base));
    expect(asked.slice(2)).toEqual(["/d.onnx whole"]);
    expect(Buffer.compare(await readFile(join(folder(), "decoder.onnx")), fake.decoder)).toBe(0);
  }, 60_000);

  test("goes on where the line was cut, within a run and in the next one", async () => {
    most = Math.ceil(fake.encoder.length / 3);
    await expect(pull(dir, modelAt(base), { retries: 0, onProgress })).rejects.toMatchObject({
      code: "upstream-unreachable",
    });
    expect(await readdir(join(dir, "models", ".pulling-small-sam"))).toEqual(["encoder.onnx.partial"]);
    await pull(dir, modelAt(base), { backoffMs: 1, onProgress });
    const rests = (path: string) =>
      Array.from({ length: Math.ceil(CONTENT[path]!.length / most) }, (_, i) =>
        i === 0 ? `${path} whole` : `${path} bytes=${i * most}-`,
      );
    expect(asked).toEqual([...rests("/e.onnx"), ...rests("/d.onnx")]);
    expect(await readdir(join(dir, "models"))).toEqual(["small-sam"]);
    expect(Buffer.compare(await readFile(join(folder(), "encoder.onnx")), fake.encoder)).toBe(0);
  });

  test("is not there where it is another than was meant", async () => {
    const model = modelAt(base);
    const other = { ...model, decoder: { ...model.decoder, sha256: "0".repeat(64) } };
    await expect(pull(dir, other)).rejects.toMatchObject({ code: "bad-download" });
    expect(await readdir(join(dir, "models"))).toEqual([".pulling-small-sam"]);
    // One of the name that was there before stays.
    const files = { encoder: join(dir, "e.onnx"), decoder: join(dir, "d.onnx") };
    await writeFile(files.encoder, fake.encoder);
    await writeFile(files.decoder, fake.decoder);
    const { id, title, licence, source } = model;
    await addFiles(dir, files, { id, title, licence, source, raw: false });
    await expect(pull(dir, other)).rejects.toMatchObject({ code: "bad-download" });
    expect((await readdir(folder())).sort()).toEqual(["decoder.onnx", "encoder.onnx", "manifest.json"]);
  });
});

describe("through a proxy", () => {
  let proxy: Server;
  let proxyUrl: string;
  let through: string[] = [];
  let restore = () => {};

  beforeAll(async () => {
    // It knows all names, and all are this machine.
    proxy = createServer((req, response) => {
      through.push(`${req.method} ${req.url}`);
      const { port, pathname } = new URL(req.url ?? "");
      const { range } = req.headers;
      const options = { host: "127.0.0.1", port, path: pathname, headers: range ? { range } : {} };
      req.pipe(
        request(options, (inner) => {
          response.writeHead(inner.statusCode ?? 502, inner.headers);
          inner.pipe(response);
        }),
      );
    });
    proxy.on("connect", (req, socket) => {
      through.push(`CONNECT ${req.url}`);
      const inner = connect(Number((req.url ?? "").split(":")[1]), "127.0.0.1", () => {
        socket.write("HTTP/1.1 200 OK\r\n\r\n");
        socket.pipe(inner).pipe(socket);
      });
      inner.on("error", () => socket.destroy());
      socket.on("error", () => inner.destroy());
    });
    proxyUrl = `http://127.0.0.1:${await listen(proxy)}`;
  });
  afterAll(() => end(proxy));
  beforeEach(() => {
    through = [];
  });
  afterEach(() => restore());

  test("by http: all of it comes, from a name that only the proxy knows", async () => {
    restore = useProxyFromEnv({ http_proxy: proxyUrl });
    await pull(dir, modelAt(`http://models.invalid:${port}`));
    expect(Buffer.compare(await readFile(join(folder(), "encoder.onnx")), fake.encoder)).toBe(0);
    expect(through.length).toBeGreaterThan(0);
    expect(through.every((one) => one.includes(`models.invalid:${port}`))).toBe(true);
  });

  test("not for what NO_PROXY names", async () => {
    restore = useProxyFromEnv({ http_proxy: proxyUrl, no_proxy: "127.0.0.1" });
    await pull(dir, modelAt(base));
    expect(through).toEqual([]);
    expect(asked.length).toBe(2);
  });

  const hasOpenssl = spawnSync("openssl", ["version"]).status === 0;
  describe.skipIf(!hasOpenssl)("by https", () => {
    const before = getCACertificates("default");
    const certificates = mkdtempSync(join(tmpdir(), "coscope-pull-tls-"));
    let secure: Server;
    let address: string;
    let cert: string;

    beforeAll(async () => {
      const [key, pem] = ["key.pem", "cert.pem"].map((name) => join(certificates, name)) as [string, string];
      execFileSync(
        "openssl",
        // biome-ignore format: one option a line would hide the command
        ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-out", pem,
          "-days", "2", "-subj", "/CN=models.invalid", "-addext", "subjectAltName=DNS:models.invalid"],
        { stdio: "ignore" },
      );
      cert = readFileSync(pem, "utf8");
      secure = createSecureServer({ key: readFileSync(key), cert }, serve) as unknown as Server;
      address = `models.invalid:${await listen(secure)}`;
    });
    afterAll(() => {
      setDefaultCACertificates(before);
      end(secure);
      rmSync(certificates, { recursive: true });
    });

    test("a certificate that nobody vouches for is refused, and said", async () => {
      restore = useProxyFromEnv({ https_proxy: proxyUrl });
      await expect(pull(dir, modelAt(`https://${address}`), { retries: 0 })).rejects.toMatchObject({
        code: "upstream-unreachable",
        message: expect.stringMatching(/self-signed certificate/),
      });
      expect(asked).toEqual([]);
    });

    test("the proxy tunnels, and sees no content; a cut line is gone on with", async () => {
      setDefaultCACertificates([...before, cert]);
      restore = useProxyFromEnv({ https_proxy: proxyUrl });
      most = Math.ceil(fake.encoder.length / 2);
      await pull(dir, modelAt(`https://${address}`), { backoffMs: 1, onProgress });
      expect(Buffer.compare(await readFile(join(folder(), "encoder.onnx")), fake.encoder)).toBe(0);
      expect(new Set(through)).toEqual(new Set([`CONNECT ${address}`]));
      expect(asked).toContain(`/e.onnx bytes=${most}-`);
    });
  });
});
