import { expect, test, vi } from "vitest";
import { createApi } from "./client.ts";
import { ApiError, errorSentence, isApiError } from "./errors.ts";

function answering(status: number, body: unknown) {
  return vi.fn<typeof fetch>(async () =>
    status === 204
      ? new Response(null, { status })
      : new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json" } }),
  );
}

test("a row change is sent as JSON with its revision and the bearer token", async () => {
  const fetch = answering(200, { id: "l1" });
  await createApi({ fetch, token: "secret" }).updateLayer("l1", { locked: true, revision: 3 });
  const [url, init] = fetch.mock.calls[0]!;
  expect(url).toBe("/api/layers/l1");
  expect(init).toMatchObject({ method: "PATCH", headers: { authorization: "Bearer secret" } });
  expect(JSON.parse(init!.body as string)).toEqual({ locked: true, revision: 3 });
});

test("the server's sentence, next step and further fields reach the caller", async () => {
  const fetch = answering(409, {
    error: {
      code: "class-in-use",
      message: "12 annotations have this class.",
      next: "Choose another class.",
      count: 12,
    },
  });
  const error = await createApi({ fetch })
    .deleteClass("c1", 1)
    .catch((e: unknown) => e);
  expect(isApiError(error, "class-in-use")).toBe(true);
  expect((error as ApiError).details["count"]).toBe(12);
  expect(errorSentence(error)).toBe("12 annotations have this class. Choose another class.");
});

test("deleting a class says what happens to its annotations", async () => {
  const fetch = answering(204, null);
  const api = createApi({ fetch });
  await api.deleteClass("c1", 2, null);
  await api.deleteClass("c1", 2, "c2");
  expect(fetch.mock.calls.map(([url]) => url)).toEqual([
    "/api/classes/c1?revision=2&reassign=none",
    "/api/classes/c1?revision=2&reassign=c2",
  ]);
});

test("nobody signed in is an answer, not an error", async () => {
  const fetch = answering(401, { error: { code: "unauthenticated", message: "Sign in first." } });
  expect(await createApi({ fetch }).session()).toBeNull();
});

test("no answer at all becomes a typed error with a next step", async () => {
  const fetch = vi.fn<typeof globalThis.fetch>(async () => {
    throw new TypeError("Failed to fetch");
  });
  const error = await createApi({ fetch })
    .images()
    .catch((e: unknown) => e);
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({ code: "unreachable", status: 0 });
});

test("a page of some other server is told apart from an answer", async () => {
  const fetch = vi.fn<typeof globalThis.fetch>(async () => new Response("<!doctype html>", { status: 200 }));
  await expect(createApi({ fetch }).images()).rejects.toMatchObject({ code: "not-json" });
});
