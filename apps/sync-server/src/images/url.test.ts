import { expect, test } from "vitest";
import { isServerError } from "../errors.ts";
import { checkImageUrl } from "./url.ts";

test.each([
  ["https://a.example/x.zarr", "https://a.example/x.zarr"],
  ["  HTTP://a.example:8080/x y.zarr ", "http://a.example:8080/x%20y.zarr"],
  ["/demo/slide.zarr", "/demo/slide.zarr"],
  ["/data/images/abc/", "/data/images/abc/"],
])("%s is taken", (given, kept) => expect(checkImageUrl(given)).toBe(kept));

test.each([
  "",
  "/etc/passwd",
  "/data/../etc/passwd",
  "/data/%2e%2e/api/session",
  "/demo",
  "//evil.example/data/",
  "file:///etc/passwd",
  "C:\\images\\a.zarr",
  "images/a.zarr",
  "javascript:alert(1)",
  "https://user:password@a.example/",
  "https://",
  "ftp://a.example/x.zarr",
])("%s is refused", (given) => {
  try {
    checkImageUrl(given);
    expect.unreachable();
  } catch (error) {
    expect(isServerError(error, "bad-request")).toBe(true);
  }
});
