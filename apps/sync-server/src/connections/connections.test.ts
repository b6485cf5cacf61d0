import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isUnder, longestUnder, normalPrefix } from "./prefix.ts";
import { headersOf } from "./secrets.ts";
import { createVault } from "./vault.ts";

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "coscope-vault-"));
});
afterAll(() => rmSync(dir, { recursive: true }));

describe("vault", () => {
  test("what is sealed opens for what it belongs to alone", () => {
    const vault = createVault(dir);
    const sealed = vault.seal({ key: "s3cr3t" }, "a");
    expect(Buffer.from(sealed).toString("latin1")).not.toContain("s3cr3t");
    expect(vault.open(sealed, "a")).toEqual({ key: "s3cr3t" });
    expect(createVault(dir).open(sealed, "a")).toEqual({ key: "s3cr3t" });
    expect(() => vault.open(sealed, "b")).toThrow(expect.objectContaining({ code: "connection-unreadable" }));
  });

  test("sealing the same twice gives different bytes", () => {
    const vault = createVault(dir);
    expect(vault.seal("x", "a")).not.toEqual(vault.seal("x", "a"));
  });

  test("a damaged byte, a cut and another version are noticed", () => {
    const vault = createVault(dir);
    const sealed = vault.seal("secret", "a");
    for (let i = 0; i < sealed.length; i++) {
      const damaged = sealed.slice();
      damaged[i]! ^= 1;
      expect(() => vault.open(damaged, "a")).toThrow(/cannot be read/);
    }
    expect(() => vault.open(sealed.slice(0, 20), "a")).toThrow(/cannot be read/);
    expect(() => vault.open(new Uint8Array(), "a")).toThrow(/cannot be read/);
  });

  test("another key does not open it, and the message says what to do", () => {
    const sealed = createVault(dir).seal("secret", "a");
    writeFileSync(join(dir, "secrets.key"), Buffer.alloc(32, 7));
    expect(() => createVault(dir).open(sealed, "a")).toThrow(
      expect.objectContaining({ next: expect.stringContaining("secrets.key") }),
    );
  });

  test.skipIf(process.platform === "win32")("the key is nobody else's to read", () => {
    const own = mkdtempSync(join(dir, "own-"));
    createVault(own).seal("x", "a");
    const file = join(own, "secrets.key");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    writeFileSync(file, readFileSync(file), { mode: 0o644 });
    createVault(own).seal("x", "a");
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });
});

describe("prefixes", () => {
  const under = (prefix: string, address: string) => isUnder(prefix, new URL(address));

  test("cover whole folders of one origin", () => {
    const prefix = normalPrefix(new URL("https://h.example/bucket/?x=1#y"));
    expect(prefix).toBe("https://h.example/bucket");
    expect(under(prefix, "https://h.example/bucket")).toBe(true);
    expect(under(prefix, "https://h.example/bucket/a/b?x")).toBe(true);
    expect(under(prefix, "https://h.example/bucket2")).toBe(false);
    expect(under(prefix, "https://h.example/")).toBe(false);
    expect(under(prefix, "http://h.example/bucket/a")).toBe(false);
    expect(under(prefix, "https://h.example:8443/bucket/a")).toBe(false);
    expect(under(prefix, "https://h.example.evil.example/bucket/a")).toBe(false);
    expect(under("https://h.example", "https://h.example/a")).toBe(true);
  });

  test.each(["folder%2Fslide.tif/info.json", "100%25.tif", "a..b", "..."])("may have %s below", (rest) => {
    expect(under("https://h.example/bucket", `https://h.example/bucket/${rest}`)).toBe(true);
  });

  test.each([
    "..%2fother",
    "%2e%2e%2fother",
    "a%2f..%2f..%2fother",
    "..%5cother",
    "a%5cb",
    "%252e%252e%252fother",
    "a%00",
    "%c0%ae",
  ])("are not left by %s", (rest) => {
    expect(under("https://h.example/bucket", `https://h.example/bucket/${rest}`)).toBe(false);
  });

  test("the longest wins", () => {
    const rows = ["https://h.example", "https://h.example/a/b", "https://h.example/a"].map((prefix) => ({
      prefix,
    }));
    const find = (path: string) => longestUnder(rows, new URL(path, "https://h.example"))?.prefix;
    expect(find("/a/b/c")).toBe("https://h.example/a/b");
    expect(find("/a/bc")).toBe("https://h.example/a");
    expect(find("/x")).toBe("https://h.example");
    expect(longestUnder(rows, new URL("https://other.example/a"))).toBeUndefined();
  });
});

test("S3 keys become a signature and stay out of it", async () => {
  const secret = {
    kind: "s3",
    accessKeyId: "AKIDEXAMPLE",
    secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
    sessionToken: "token",
  } as const;
  const headers = await headersOf(secret, new URL("https://b.s3.eu-west-1.amazonaws.com/a+b%20c"), "GET");
  expect(headers["authorization"]).toMatch(
    /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-west-1\/s3\/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token, Signature=[0-9a-f]{64}$/,
  );
  expect(headers["x-amz-security-token"]).toBe("token");
  expect(JSON.stringify(headers)).not.toContain(secret.secretAccessKey);
});
