import { networkInterfaces } from "node:os";
import { afterAll, beforeAll, expect, test } from "vitest";
import { comeIn, RawSocket, startTestServer, type TestServer } from "./harness.ts";

/** A server that other machines reach, over plain http under a name that is not localhost. */
let server: TestServer;
let lan: string;
beforeAll(async () => {
  server = await startTestServer({ host: "0.0.0.0" });
  const address = Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .find(({ family, internal }) => family === "IPv4" && !internal);
  lan = `http://${address?.address ?? "127.0.0.1"}:${server.port}`;
});
afterAll(() => server.remove());

const knock = (key?: string) =>
  fetch(`${lan}/api/sessions/guest`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: lan },
    body: JSON.stringify({ name: "Ada", color: "#56b4e9", ...(key === undefined ? {} : { key }) }),
  });

test("strangers need the join link", async () => {
  expect(server.joinKey).toMatch(/^[A-Za-z0-9_-]{20,}$/);
  for (const key of [undefined, "", "wrong", `${server.joinKey}x`]) {
    const response = await knock(key);
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({
      error: { code: "join-key-required", next: expect.any(String) },
    });
  }
});

test("with it, the cookie works over plain http", async () => {
  const response = await knock(server.joinKey!);
  expect(response.status).toBe(201);
  const cookie = response.headers.get("set-cookie")!;
  expect(cookie).not.toMatch(/secure/i);
  expect(cookie).toMatch(/HttpOnly/);
  const session = await fetch(`${lan}/api/session`, { headers: { cookie: cookie.split(";")[0]! } });
  expect(await session.json()).toMatchObject({ server: { joinKeyRequired: true } });
});

test("rooms open from a page of the same name, and from no other", async () => {
  const ada = await comeIn({ url: lan }, "Ada", server.joinKey!);
  const socket = await RawSocket.open(lan, ada.token, { origin: lan });
  expect(await socket.lookAt("demo")).toBeGreaterThan(0);
  socket.destroy();
  await expect(RawSocket.open(lan, ada.token, { origin: "http://evil.example" })).rejects.toThrow("403");
});

test("nothing is shown to who has no session", async () => {
  for (const path of ["/api/images", "/api/projects", "/data/images/demo/zarr.json"])
    expect((await fetch(lan + path)).status, path).toBe(401);
});
