import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { etagOf, findInside, parseRange, serveFile } from "./files.ts";

const dir = mkdtempSync(join(tmpdir(), "coscope-files-"));
const root = join(dir, "image.zarr");
const CONTENT = "0123456789";

beforeAll(() => {
  mkdirSync(join(root, "c", "0"), { recursive: true });
  writeFileSync(join(root, "c", "0", "0"), CONTENT);
  writeFileSync(join(root, "empty"), "");
  writeFileSync(join(dir, "secret"), "secret");
  mkdirSync(join(dir, "image.zarr-other"));
  writeFileSync(join(dir, "image.zarr-other", "secret"), "secret");
  symlinkSync(join(dir, "secret"), join(root, "link-out"));
  symlinkSync(dir, join(root, "dir-out"));
  symlinkSync(join(root, "c"), join(root, "link-in"));
});
afterAll(() => rmSync(dir, { recursive: true }));

test.each([
  [null, null],
  ["bytes=0-3", { start: 0, end: 3 }],
  ["bytes=4-", { start: 4, end: 9 }],
  ["bytes=-4", { start: 6, end: 9 }],
  ["bytes=-400", { start: 0, end: 9 }],
  ["bytes=9-400", { start: 9, end: 9 }],
  ["bytes=10-", "unsatisfiable"],
  ["bytes=-0", "unsatisfiable"],
  ["bytes=5-2", null],
  ["bytes=0-1,4-5", null],
  ["items=0-1", null],
  ["bytes=-", null],
  ["bytes=a-b", null],
])("range %s", (header, expected) => {
  expect(parseRange(header, CONTENT.length)).toEqual(expected);
});

test("an empty file has no range", () => {
  expect(parseRange("bytes=0-", 0)).toBe("unsatisfiable");
  expect(parseRange("bytes=-1", 0)).toBe("unsatisfiable");
});

test.each([
  "../secret",
  "c/../../secret",
  "link-out",
  "dir-out/secret",
  "../image.zarr-other/secret",
  "/etc/passwd",
])("%s is not inside", async (path) => expect(await findInside(root, path)).toBeNull());

test.each(["", "c", "c/0/1", "c/0/0/x", "c/./0/0", "c\\0\\0", "c/0/0\0"])("%j is no file", async (path) => {
  expect(await findInside(root, path)).toBeNull();
});

test("a link that stays inside is followed", async () => {
  expect((await findInside(root, "link-in/0/0"))?.stats.size).toBe(10);
});

async function ask(headers: Record<string, string> = {}, method = "GET", path = "c/0/0") {
  const found = (await findInside(root, path))!;
  const response = serveFile(new Request("http://x/", { method, headers }), found, {
    type: "application/octet-stream",
    cacheControl: "no-cache",
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

test("the whole file, its parts, and its head", async () => {
  const whole = await ask();
  expect(whole).toMatchObject({ status: 200, text: CONTENT });
  expect(whole.headers.get("content-length")).toBe("10");
  expect(whole.headers.get("accept-ranges")).toBe("bytes");
  const part = await ask({ range: "bytes=-4" });
  expect(part).toMatchObject({ status: 206, text: "6789" });
  expect(part.headers.get("content-range")).toBe("bytes 6-9/10");
  expect(part.headers.get("content-length")).toBe("4");
  const head = await ask({ range: "bytes=1-2" }, "HEAD");
  expect(head).toMatchObject({ status: 206, text: "" });
  expect(head.headers.get("content-length")).toBe("2");
  const beyond = await ask({ range: "bytes=10-" });
  expect(beyond).toMatchObject({ status: 416, text: "" });
  expect(beyond.headers.get("content-range")).toBe("bytes */10");
  expect(await ask({}, "GET", "empty")).toMatchObject({ status: 200, text: "" });
});

test("what has not changed is not sent again", async () => {
  const etag = etagOf(statSync(join(root, "c", "0", "0")));
  expect(await ask({ "if-none-match": etag })).toMatchObject({ status: 304, text: "" });
  expect(await ask({ "if-none-match": `"other", W/${etag}` })).toMatchObject({ status: 304 });
  expect(await ask({ "if-none-match": '"other"' })).toMatchObject({ status: 200 });
  expect(await ask({ "if-range": etag, range: "bytes=0-0" })).toMatchObject({ status: 206, text: "0" });
  expect(await ask({ "if-range": '"older"', range: "bytes=0-0" })).toMatchObject({
    status: 200,
    text: CONTENT,
  });
});

test("a file that is written anew has another ETag", () => {
  const file = join(root, "changing");
  writeFileSync(file, "a");
  const before = etagOf(statSync(file));
  writeFileSync(file, "bb");
  expect(etagOf(statSync(file))).not.toBe(before);
});
