import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getCACertificates, setDefaultCACertificates, type TLSSocket } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createAllowList } from "./allow-list.ts";
import { createGuard, type Guard } from "./guard.ts";

const hasOpenssl = spawnSync("openssl", ["version"]).status === 0;

/** The connection goes to an address; the certificate must be that of the name. */
describe.skipIf(!hasOpenssl)("https", () => {
  const before = getCACertificates("default");
  const dir = mkdtempSync(join(tmpdir(), "coscope-tls-"));
  let upstream: Server;
  let port: number;
  let guard: Guard;
  let cert: string;

  beforeAll(async () => {
    const [key, pem] = ["key.pem", "cert.pem"].map((name) => join(dir, name)) as [string, string];
    execFileSync(
      "openssl",
      // biome-ignore format: one option a line would hide the command
      ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-out", pem,
        "-days", "2", "-subj", "/CN=slides.example", "-addext", "subjectAltName=DNS:slides.example"],
      { stdio: "ignore" },
    );
    cert = readFileSync(pem, "utf8");
    upstream = createServer({ key: readFileSync(key), cert }, (request, response) => {
      if (request.url === "/down")
        response.writeHead(302, { location: `http://slides.example:${port}/` }).end();
      else response.end(`${(request.socket as TLSSocket).servername} ${request.headers.host}`);
    });
    await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));
    port = (upstream.address() as AddressInfo).port;
    guard = createGuard({
      allow: createAllowList([`slides.example:${port}`, `other.example:${port}`]),
      resolver: async () => ["127.0.0.1"],
    });
  });
  afterAll(() => {
    setDefaultCACertificates(before);
    guard?.close();
    upstream?.closeAllConnections();
    upstream?.close();
    rmSync(dir, { recursive: true });
  });

  test("a certificate that nobody vouches for", async () => {
    await expect(guard.fetch(`https://slides.example:${port}/`)).rejects.toMatchObject({
      code: "upstream-unreachable",
      message: expect.stringContaining("no certificate that this server trusts"),
      next: expect.stringContaining("NODE_EXTRA_CA_CERTS"),
    });
  });

  test("the certificate of the name, that of another name, and a redirect down to http", async () => {
    setDefaultCACertificates([...before, cert]);
    const response = await guard.fetch(`https://slides.example:${port}/`);
    expect(await response.text()).toBe(`slides.example slides.example:${port}`);
    await expect(guard.fetch(`https://other.example:${port}/`)).rejects.toMatchObject({
      message: expect.stringContaining("ERR_TLS_CERT_ALTNAME_INVALID"),
    });
    await expect(guard.fetch(`https://slides.example:${port}/down`)).rejects.toMatchObject({
      code: "address-refused",
      message: expect.stringContaining("from https to http"),
    });
  });
});
