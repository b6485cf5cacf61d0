import { expect, test } from "vitest";
import { isLoopback, readConfig } from "./config.ts";
import { isServerError } from "./errors.ts";

const read = (args: string[], env = {}) => readConfig(args, env, "/home/ana");

test("defaults keep the server to this machine and its data beside the caller", () => {
  expect(read([])).toEqual({
    port: 4747,
    host: "127.0.0.1",
    dataDir: "/home/ana/data",
    imageDirs: [],
    proxyAllow: [],
    uploads: {},
    annotations: {},
    webDir: null,
    open: true,
    logLevel: "info",
  });
});

test("arguments win over the environment", () => {
  const env = { COSCOPE_PORT: "1", COSCOPE_HOST: "::1", COSCOPE_DATA_DIR: "e" };
  expect(read([], env)).toMatchObject({ port: 1, host: "::1", dataDir: "/home/ana/e" });
  expect(read(["--port", "2", "--host", "0.0.0.0", "--data", "/d", "--no-open"], env)).toMatchObject({
    port: 2,
    host: "0.0.0.0",
    dataDir: "/d",
    open: false,
  });
  expect(read([], { COSCOPE_PROXY_ALLOW: "a.example, *.b.example:8443" })).toMatchObject({
    proxyAllow: ["a.example", "*.b.example:8443"],
  });
  expect(read(["--allow-host", "c.example"], { COSCOPE_PROXY_ALLOW: "a.example" })).toMatchObject({
    proxyAllow: ["c.example"],
  });
  expect(read(["--images", "a", "--images", "/b"])).toMatchObject({ imageDirs: ["/home/ana/a", "/b"] });
});

test.each([
  ["--port", "70000"],
  ["--port", "80a"],
  ["--log", "loud"],
  ["--host", ""],
  ["--allow-host", "a.example/path"],
  ["--nonsense"],
  ["stray"],
])("%s %s is refused with the usage", (...args) => {
  try {
    read(args);
    expect.unreachable();
  } catch (error) {
    expect(isServerError(error, "bad-argument")).toBe(true);
    expect((error as { next: string }).next).toContain("Usage:");
  }
});

test("help is asked for, not failed into", () => {
  expect(read(["--help"])).toBe("help");
});

test("loopback addresses are known in every spelling", () => {
  expect(["127.0.0.1", "127.9.9.9", "::1", "localhost"].every(isLoopback)).toBe(true);
  expect(["0.0.0.0", "::", "192.168.1.2", "127.example.org", "lab-pc"].some(isLoopback)).toBe(false);
});
