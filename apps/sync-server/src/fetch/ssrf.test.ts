import { createServer, type Server } from "node:http";
import { type AddressInfo, createServer as createRawServer } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { isServerError, type ServerErrorCode } from "../errors.ts";
import { classifyAddress } from "./addresses.ts";
import { createAllowList } from "./allow-list.ts";
import { checkAddress, checkRedirect } from "./check-address.ts";
import { guardedFetch, type Resolver } from "./guarded-fetch.ts";

/**
 * Tricks with which somebody would have the server ask what it must not. The list of hosts is as open as it can be,
 * so that what refuses here is the check of addresses; a server of this machine waits to be reached.
 */

let canary: Server;
let port: number;
let reached: string[] = [];
let asked: string[] = [];

beforeAll(async () => {
  canary = createServer((request, response) => {
    reached.push(request.url!);
    const to = new URL(request.url!, "http://x").searchParams.get("to");
    if (to === null) response.end("what is not theirs to read");
    else response.writeHead(302, { location: to.replaceAll("PORT", String(port)) }).end();
  });
  await new Promise<void>((resolve) => canary.listen(0, "127.0.0.1", resolve));
  port = (canary.address() as AddressInfo).port;
});
beforeEach(() => {
  reached = [];
  asked = [];
});
afterAll(() => {
  canary.closeAllConnections();
  canary.close();
});

/** Any host on the usual ports and on that of the waiting server; `start.example` is the one that may be private. */
const open = () => createAllowList(["*", `*:${port}`, `start.example:${port}`]);

const NAMES: Record<string, readonly string[]> = {
  "start.example": ["127.0.0.1"],
  "loopback.example": ["127.0.0.1"],
  "loopback6.example": ["::1"],
  "lan.example": ["192.168.1.7"],
  "metadata.example": ["169.254.169.254"],
  "mapped.example": ["::ffff:127.0.0.1"],
  "nat64.example": ["64:ff9b::7f00:1"],
  "zone.example": ["fe80::1%lo"],
  "unspecified.example": ["0.0.0.0"],
  "mixed.example": ["93.184.215.14", "127.0.0.1"],
  "mixed6.example": ["2606:2800:21f:cb07:6820:80da:af6b:8b2c", "fd12::1"],
  "garbage.example": ["not an address"],
  "nothing.example": [],
  "127.0.0.1.nip.example": ["127.0.0.1"],
};

const resolver: Resolver = async (hostname) => {
  asked.push(hostname);
  const found = NAMES[hostname];
  if (!found) throw Object.assign(new Error("no such name"), { code: "ENOTFOUND" });
  return found;
};

async function codeOf(address: string): Promise<ServerErrorCode | "answered"> {
  try {
    const url = address.replaceAll("PORT", String(port));
    const response = await guardedFetch(url, { allow: open(), resolver, retries: 0, idleMs: 2_000 });
    await response.text();
    return "answered";
  } catch (error) {
    if (isServerError(error)) return error.code;
    throw error;
  }
}

const TRICKS: readonly (readonly [name: string, address: string])[] = [
  ["loopback", "http://127.0.0.1:PORT/"],
  ["another address of loopback", "http://127.254.3.2:PORT/"],
  ["loopback as one decimal", "http://2130706433:PORT/"],
  ["loopback in octal", "http://0177.0.0.1:PORT/"],
  ["loopback as one octal", "http://017700000001:PORT/"],
  ["loopback as one hexadecimal", "http://0x7f000001:PORT/"],
  ["loopback in hexadecimal parts", "http://0x7f.0x0.0x0.0x1:PORT/"],
  ["mixed notations", "http://0x7f.0.01:PORT/"],
  ["two parts", "http://127.1:PORT/"],
  ["three parts", "http://127.0.1:PORT/"],
  ["zero address", "http://0.0.0.0:PORT/"],
  ["zero alone", "http://0:PORT/"],
  ["final dot", "http://127.0.0.1.:PORT/"],
  ["percent-encoded host", "http://%31%32%37.0.0.1:PORT/"],
  ["fullwidth digits", "http://１２７.０.０.１:PORT/"],
  ["circled digits", "http://①②⑦.⓪.⓪.①:PORT/"],
  ["ideographic full stops", "http://127。0。0。1:PORT/"],
  ["halfwidth ideographic full stops", "http://127｡0｡0｡1:PORT/"],
  ["no slashes after the scheme", "http:127.0.0.1:PORT/"],
  ["three slashes", "http:///127.0.0.1:PORT/"],
  ["10/8", "http://10.0.0.1/"],
  ["172.16/12", "http://172.31.255.254/"],
  ["192.168/16", "http://192.168.0.1/"],
  ["carrier-grade NAT", "http://100.64.0.1/"],
  ["link-local metadata", "http://169.254.169.254/latest/meta-data/"],
  ["metadata as one decimal", "http://2852039166/latest/meta-data/"],
  ["metadata in hexadecimal", "http://0xa9fea9fe/"],
  ["metadata of Alibaba Cloud", "http://100.100.100.200/"],
  ["host agent of Azure", "http://168.63.129.16/"],
  ["metadata of Oracle Cloud", "http://192.0.0.192/"],
  ["benchmark network", "http://198.18.0.1/"],
  ["documentation network", "http://192.0.2.1/"],
  ["6to4 relay", "http://192.88.99.1/"],
  ["multicast", "http://224.0.0.1/"],
  ["reserved", "http://240.0.0.1/"],
  ["broadcast", "http://255.255.255.255/"],
  ["IPv6 loopback", "http://[::1]:PORT/"],
  ["IPv6 loopback in full", "http://[0000:0000:0000:0000:0000:0000:0000:0001]:PORT/"],
  ["IPv6 unspecified", "http://[::]:PORT/"],
  ["v4 mapped into v6", "http://[::ffff:127.0.0.1]:PORT/"],
  ["v4 mapped into v6, in hexadecimal", "http://[::ffff:7f00:1]:PORT/"],
  ["v4-compatible v6", "http://[::127.0.0.1]:PORT/"],
  ["v4 translated (SIIT)", "http://[::ffff:0:127.0.0.1]:PORT/"],
  ["NAT64", "http://[64:ff9b::7f00:1]:PORT/"],
  ["local NAT64", "http://[64:ff9b:1::a00:1]/"],
  ["6to4", "http://[2002:7f00:1::]:PORT/"],
  ["Teredo", "http://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/"],
  ["ISATAP", "http://[2620:0:860:2:0:5efe:7f00:1]/"],
  ["unique local", "http://[fd12:3456::1]/"],
  ["metadata of AWS over v6", "http://[fd00:ec2::254]/"],
  ["v6 link-local", "http://[fe80::1]/"],
  ["zone id", "http://[fe80::1%25lo]/"],
  ["site-local", "http://[fec0::1]/"],
  ["v6 multicast", "http://[ff02::1]/"],
  ["v6 documentation", "http://[2001:db8::1]/"],
  ["v6 discard", "http://[100::1]/"],
  ["v6 not given out yet", "http://[4000::1]/"],
  ["localhost", "http://localhost:PORT/"],
  ["localhost in capitals, with a dot", "http://LOCALHOST.:PORT/"],
  ["a name below localhost", "http://a.localhost:PORT/"],
  ["ip6-localhost", "http://ip6-localhost:PORT/"],
  ["a name without dots", "http://intranet/"],
  ["mDNS", "http://printer.local/"],
  ["metadata by name", "http://metadata.google.internal/computeMetadata/v1/"],
  ["home network", "http://router.home.arpa/"],
  ["a name that resolves to loopback", "http://loopback.example:PORT/"],
  ["a name with the address in it", "http://127.0.0.1.nip.example:PORT/"],
  ["a name that resolves to v6 loopback", "http://loopback6.example:PORT/"],
  ["a name that resolves into the network", "http://lan.example/"],
  ["a name that resolves to metadata", "http://metadata.example/"],
  ["a name that resolves to a mapped address", "http://mapped.example:PORT/"],
  ["a name that resolves to NAT64", "http://nat64.example:PORT/"],
  ["a name that resolves to an address with a zone", "http://zone.example:PORT/"],
  ["a name that resolves to nowhere", "http://unspecified.example:PORT/"],
  ["one public and one private address", "http://mixed.example:PORT/"],
  ["one public and one private v6 address", "http://mixed6.example:PORT/"],
  ["a resolver that answers garbage", "http://garbage.example:PORT/"],
  ["user and password", "http://user:password@public.example/"],
  ["host as the user", "http://public.example@127.0.0.1:PORT/"],
  ["address as the user", "http://127.0.0.1:PORT@public.example/"],
  ["empty user", "http://:@127.0.0.1:PORT/"],
  ["backslash before @", "http://127.0.0.1:PORT\\@public.example/"],
  ["backslashes for slashes", "http:\\\\127.0.0.1:PORT\\"],
  ["line break in the path", "http://public.example/\r\nHost: 127.0.0.1"],
  ["tab in the host", "http://127.0.\t0.1:PORT/"],
  ["NUL", "http://public.example\u0000.evil.example/"],
  ["file", "file:///etc/passwd"],
  ["ftp", "ftp://public.example/"],
  ["gopher", "gopher://127.0.0.1:PORT/_GET%20/"],
  ["data", "data:text/plain,hello"],
  ["javascript", "javascript:alert(1)"],
  ["web socket", "ws://127.0.0.1:PORT/"],
  ["blob", "blob:http://127.0.0.1:PORT/1"],
  ["dict", "dict://127.0.0.1:PORT/info"],
  ["jar", "jar:http://127.0.0.1:PORT!/"],
  ["port 0", "http://public.example:0/"],
  ["port beyond 65535", "http://public.example:65616/"],
  ["no host", "http:///"],
  ["a dot as host", "http://./"],
  ["empty label", "http://public..example/"],
  ["redirect to loopback", "http://start.example:PORT/?to=http://127.0.0.1:PORT/"],
  ["redirect to loopback as a decimal", "http://start.example:PORT/?to=http://2130706433:PORT/"],
  ["redirect to metadata", "http://start.example:PORT/?to=http://169.254.169.254/"],
  ["redirect to v6 loopback", "http://start.example:PORT/?to=http://[::1]:PORT/"],
  ["redirect to localhost without a scheme", "http://start.example:PORT/?to=//localhost:PORT/"],
  [
    "redirect to a name that resolves to loopback",
    "http://start.example:PORT/?to=http://loopback.example:PORT/",
  ],
  ["redirect to a file", "http://start.example:PORT/?to=file:///etc/passwd"],
  ["redirect to gopher", "http://start.example:PORT/?to=gopher://127.0.0.1:PORT/"],
  ["redirect to data", "http://start.example:PORT/?to=data:text/plain,hello"],
  ["redirect with a user", "http://start.example:PORT/?to=http://a:b@start.example:PORT/"],
  ["redirect to nonsense", "http://start.example:PORT/?to=http://[/"],
];

describe("refused", () => {
  test.each(TRICKS)("%s", async (_name, address) => {
    expect(await codeOf(address)).toBe("address-refused");
    // The first stop of a redirect is one that may be asked; nothing else was.
    expect(reached.filter((path) => !path.startsWith("/?to="))).toEqual([]);
    expect(reached.length).toBeLessThanOrEqual(1);
  });

  test.each([
    ["SSH", "http://public.example:22/"],
    ["SMTP", "http://public.example:25/"],
    ["Redis", "http://public.example:6379/"],
    ["https on the port of http", "https://public.example:80/"],
  ])("a port that is not the usual one: %s", async (_name, address) => {
    expect(await codeOf(address)).toBe("host-not-allowed");
    expect(asked).toEqual([]);
  });

  test("rebinding: the name is resolved once, and what was checked is what is connected to", async () => {
    const answers = ["192.168.77.1", "127.0.0.1"];
    const rebinding: Resolver = async () => {
      asked.push("rebind.example");
      return [answers[asked.length - 1] ?? "127.0.0.1"];
    };
    // The first answer may be asked, as the operator named host and port; nobody is there. The second is ours.
    const allow = createAllowList([`rebind.example:${port}`]);
    const stop = new AbortController();
    const going = guardedFetch(`http://rebind.example:${port}/`, {
      allow,
      resolver: rebinding,
      retries: 0,
      idleMs: 300,
      signal: stop.signal,
    });
    await expect(going).rejects.toThrow();
    expect(asked).toHaveLength(1);
    expect(reached).toEqual([]);
  });

  test("rebinding between the redirect and the second visit", async () => {
    let visits = 0;
    const rebinding: Resolver = async (hostname) => {
      if (hostname === "start.example") return ["127.0.0.1"];
      visits++;
      return visits === 1 ? ["169.254.169.254"] : ["127.0.0.1"];
    };
    const address = `http://start.example:${port}/?to=http://rebind.example:PORT/`;
    for (let i = 0; i < 2; i++) {
      await expect(
        guardedFetch(address, { allow: open(), resolver: rebinding, retries: 0 }),
      ).rejects.toMatchObject({ code: "address-refused" });
    }
    expect(visits).toBe(2);
    expect(reached.every((path) => path.startsWith("/?to="))).toBe(true);
  });

  test("a redirect from https to http", () => {
    const from = new URL("https://public.example/");
    expect(() => checkRedirect(from, "http://public.example/", open())).toThrow(/https to http/);
    expect(checkRedirect(from, "/other", open()).url.href).toBe("https://public.example/other");
  });

  test("a redirect without an end", async () => {
    let hops = 0;
    const looping = createServer((_, response) => {
      hops++;
      response.writeHead(302, { location: `/${hops}` }).end();
    });
    await new Promise<void>((resolve) => looping.listen(0, "127.0.0.1", resolve));
    const { port: own } = looping.address() as AddressInfo;
    const allow = createAllowList([`start.example:${own}`]);
    await expect(
      guardedFetch(`http://start.example:${own}/`, { allow, resolver, retries: 0 }),
    ).rejects.toMatchObject({ code: "upstream-failed" });
    expect(hops).toBe(6);
    looping.close();
  });

  test("a redirect whose Location holds another header", async () => {
    const raw = createRawServer((socket) => {
      socket.on("error", () => {});
      socket.end("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1\n:1/\r\nContent-Length: 0\r\n\r\n");
    });
    await new Promise<void>((resolve) => raw.listen(0, "127.0.0.1", resolve));
    const { port: own } = raw.address() as AddressInfo;
    const allow = createAllowList(["*", `start.example:${own}`]);
    await expect(
      guardedFetch(`http://start.example:${own}/`, { allow, resolver, retries: 0 }),
    ).rejects.toSatisfy((error) => isServerError(error));
    raw.close();
  });

  test("a header with a line break in it is not sent", async () => {
    const headers = { range: "bytes=0-1\r\nX-Evil: 1" };
    await expect(
      guardedFetch(`http://start.example:${port}/`, { allow: open(), resolver, headers, retries: 0 }),
    ).rejects.toSatisfy((error) => isServerError(error));
    expect(reached).toEqual([]);
  });
});

test("an address written in any way is judged like the one that it means", () => {
  // A small generator of its own, so that a failure comes again.
  let seed = 20261123;
  const random = (below: number) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return Math.floor((seed / 2 ** 32) * below);
  };
  const bases = [
    (n: number) => String(n),
    (n: number) => `0${n.toString(8)}`,
    (n: number) => `0x${n.toString(16)}`,
  ];
  const write = (n: number) => bases[random(3)]!(n);
  const first = [0, 10, 100, 127, 168, 169, 172, 192, 198, 203, 224, 255];
  const allow = createAllowList(["*"]);
  const counts = { public: 0, private: 0, never: 0 };
  for (let i = 0; i < 5_000; i++) {
    const parts = [
      random(2) ? first[random(first.length)]! : random(256),
      random(256),
      random(256),
      random(256),
    ];
    // The last part of a short form holds all the bytes that are left.
    const kept = random(4);
    const rest = parts.slice(kept).reduce((sum, part) => sum * 256 + part, 0);
    const text = [...parts.slice(0, kept).map(write), write(rest)].join(".") + (random(4) === 0 ? "." : "");
    const kind = classifyAddress(parts.join("."));
    counts[kind]++;
    const judge = () => checkAddress(`http://${text}/`, allow).hostname;
    if (kind === "public") expect(judge(), text).toBe(parts.join("."));
    else expect(judge, text).toThrow(/not fetched|nothing is fetched/);
    const mapped = `http://[::ffff:${parts.join(".")}]/`;
    expect(() => checkAddress(mapped, allow), mapped).toThrow(/not fetched/);
  }
  expect(Math.min(...Object.values(counts))).toBeGreaterThan(200);
});

describe("hosts that the operator did not name", () => {
  const lists: [pattern: string, address: string][] = [
    ["images.example.org", "https://other.example.org/"],
    ["images.example.org", "https://images.example.org.evil.example/"],
    ["images.example.org", "https://evil-images.example.org/"],
    ["images.example.org", "https://іmages.example.org/"], // a Cyrillic і
    ["*.example.org", "https://example.org/"],
    ["*.example.org", "https://evilexample.org/"],
    ["images.example.org", "https://images.example.org:8443/"],
    ["images.example.org:8443", "https://images.example.org/"],
  ];
  test.each(lists)("%s does not allow %s", (pattern, address) => {
    expect(() => checkAddress(address, createAllowList([pattern]))).toThrow(/may not fetch from/);
  });

  test("nothing is allowed by default, no name is resolved, and the message says what to set", async () => {
    const going = guardedFetch("https://images.example.org/a.zarr", { allow: createAllowList([]), resolver });
    await expect(going).rejects.toMatchObject({
      code: "host-not-allowed",
      next: expect.stringContaining(
        "--allow-host images.example.org or set COSCOPE_PROXY_ALLOW=images.example.org",
      ),
      details: { setting: "--allow-host images.example.org" },
    });
    expect(asked).toEqual([]);
  });

  test("a private host needs its port named, and the message says so", () => {
    const allow = createAllowList(["minio.lab", "*"]);
    expect(() => checkAddress("http://10.0.0.5/", allow)).toThrow(
      expect.objectContaining({
        code: "address-refused",
        next: expect.stringContaining("--allow-host 10.0.0.5:80"),
      }),
    );
  });

  test("link-local stays refused even where it is named", () => {
    const allow = createAllowList(["169.254.169.254:80"]);
    expect(() => checkAddress("http://169.254.169.254/", allow)).toThrow(/never fetched/);
  });
});

describe("allowed", () => {
  const lists: [pattern: string, address: string, hostname: string][] = [
    ["images.example.org", "https://images.example.org/a.zarr", "images.example.org"],
    ["images.example.org", "http://images.example.org/a.zarr", "images.example.org"],
    ["images.example.org", "https://IMAGES.example.org./a.zarr", "images.example.org"],
    ["https://images.example.org/", "https://images.example.org/a.zarr", "images.example.org"],
    ["*.example.org", "https://a.b.example.org/", "a.b.example.org"],
    ["bücher.example", "https://xn--bcher-kva.example/", "xn--bcher-kva.example"],
    ["*", "https://public.example/", "public.example"],
    ["*", "https://93.184.215.14/", "93.184.215.14"],
    ["*", "https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"],
    ["*:8443", "https://public.example:8443/", "public.example"],
    ["minio.lab:9000", "http://minio.lab:9000/bucket/", "minio.lab"],
    ["localhost:9000", "http://localhost:9000/", "localhost"],
    ["10.0.0.5:443", "https://10.0.0.5/", "10.0.0.5"],
    ["[::1]:9000", "http://[::1]:9000/", "::1"],
  ];
  test.each(lists)("%s allows %s", (pattern, address, hostname) => {
    expect(checkAddress(address, createAllowList([pattern])).hostname).toBe(hostname);
  });

  test("a private host that the operator named with its port is asked", async () => {
    expect(await codeOf("http://start.example:PORT/here")).toBe("answered");
    expect(reached).toEqual(["/here"]);
  });

  test("an address behind # is no address", async () => {
    expect(await codeOf("http://start.example:PORT/here#@127.0.0.1/")).toBe("answered");
    expect(reached).toEqual(["/here"]);
  });

  test.each(["8.8.8.8", "93.184.215.14", "172.32.0.1", "100.63.255.255", "2606:4700::1111"])(
    "%s is public",
    (address) => expect(classifyAddress(address)).toBe("public"),
  );

  test.each(["", "a:b", "*.", "a b", "a/b", "user@a", "a:0", "a:70000", "**", "http://"])(
    "%j is no pattern",
    (pattern) => expect(() => createAllowList([pattern])).toThrow(/--allow-host expects a host/),
  );
});

test("there are at least 40 tricks, each with a name of its own", () => {
  expect(new Set(TRICKS.map(([name]) => name)).size).toBeGreaterThanOrEqual(100);
});
