import { expect, test } from "vitest";
import { sameSecret, sessionCookie, tokenOf } from "./credentials.ts";

test("a bearer token wins over the cookie", () => {
  const headers = new Headers({ authorization: "Bearer abc", cookie: "x=1; coscope_session=def" });
  expect(tokenOf(headers)).toEqual({ token: "abc", from: "bearer" });
  headers.delete("authorization");
  expect(tokenOf(headers)).toEqual({ token: "def", from: "cookie" });
  expect(tokenOf(new Headers({ cookie: "other_coscope_session=def" }))).toBeNull();
  expect(tokenOf(new Headers({ authorization: "Basic abc" }))).toBeNull();
});

test("the cookie works over plain http and is marked where there is https", () => {
  expect(sessionCookie("t", false)).toMatch(
    /^coscope_session=t; Path=\/; HttpOnly; SameSite=Lax; Max-Age=\d+$/,
  );
  expect(sessionCookie("t", true)).toMatch(/; Secure$/);
});

test("secrets of another length or content differ", () => {
  expect(sameSecret("abc", "abc")).toBe(true);
  expect(sameSecret("abd", "abc")).toBe(false);
  expect(sameSecret("", "abc")).toBe(false);
});
