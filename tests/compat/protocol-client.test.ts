import { readFileSync } from "node:fs";
import { contentHash, createLayerDocument, createQuery } from "@coscope/annotations";
import { expect, test } from "vitest";
import { WebsocketProvider } from "y-websocket";
import * as Y from "yjs";
import { startTestServer } from "../server/harness.ts";

/** The client that PROTOCOL.md prints, as a function of what it gets from HTTP. */
function printedClient(): (...given: unknown[]) => Promise<{ doc: Y.Doc; provider: WebsocketProvider }> {
  const protocol = readFileSync(new URL("../../packages/annotations/PROTOCOL.md", import.meta.url), "utf8");
  const code = /```js\n([\s\S]*?)```/.exec(protocol)?.[1]?.replaceAll(/^import .*$/gm, "");
  const AsyncFunction = (async () => {}).constructor as FunctionConstructor;
  return new AsyncFunction(
    "Y",
    "WebsocketProvider",
    "server",
    "token",
    "user",
    "room",
    `${code}\nreturn { doc, provider };`,
  ) as never;
}

test("the client of PROTOCOL.md adds an annotation to a layer of its own, and it is saved", async () => {
  const running = await startTestServer();
  try {
    const server = running.url.replace(/\/$/, "");
    const post = async (path: string, body: object, token = "") => {
      const headers = {
        "content-type": "application/json",
        ...(token && { authorization: `Bearer ${token}` }),
      };
      const answer = await fetch(`${server}/api/${path}`, {
        method: "POST",
        headers,
        body: JSON.stringify(body),
      });
      expect(answer.status).toBe(201);
      return answer.json();
    };
    const { user, token } = await post("sessions/guest", { name: "Stranger", color: "#4477aa" });
    const { room } = await post("images/demo/layers", { name: "By hand" }, token);
    const { doc, provider } = await printedClient()(Y, WebsocketProvider, server, token, user, room);

    const other = new Y.Doc();
    const reader = new WebsocketProvider(`${server.replace("http", "ws")}/yjs`, room, other, {
      params: { token },
    });
    await new Promise((resolve) => reader.once("sync", resolve));
    const annotation = createQuery(createLayerDocument(other)).get("cell1");
    expect(annotation).toMatchObject({
      author: user.id,
      classId: "nucleus",
      geometry: { kind: "rectangle", width: 30 },
    });
    expect(contentHash(other)).toBe(contentHash(doc));
    provider.destroy();
    reader.destroy();
  } finally {
    await running.remove();
  }
});
