// Marks a grid of points on a layer and waits until they are saved. Node 22 or newer.
//
//   npm install yjs y-websocket
//   COSCOPE=http://localhost:4747 node bot.mjs demo "Grid"
//
// COSCOPE_KEY: the secret of the join link (#key=…), where the server is reached from other machines.
import { WebsocketProvider } from "y-websocket";
import * as Y from "yjs";

const server = process.env.COSCOPE ?? "http://localhost:4747";
const [imageId = "demo", layerName = "Grid"] = process.argv.slice(2);

// Looked at before anything is made.
if (typeof WebSocket === "undefined") fail("this Node has no WebSocket: use version 22 or newer.");

async function call(method, path, body, token) {
  const response = await fetch(server + path, {
    method,
    headers: {
      "content-type": "application/json",
      ...(token ? { authorization: `Bearer ${token}` } : {}),
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return response.json();
}

// 1. Come in. Keep the token: the same user may then go on with what it began.
const guest = { name: "Grid bot", color: "#e69f00", key: process.env.COSCOPE_KEY };
const { token, user } = await call("POST", "/api/sessions/guest", guest);

// 2. A layer of its own, so that people can hide it.
const { room } = await call("POST", `/api/images/${imageId}/layers`, { name: layerName }, token);

// 3. The layer's live document. One document for all that the bot writes: each takes a client id for good.
const doc = new Y.Doc();
const provider = new WebsocketProvider(`${server.replace(/^http/, "ws")}/yjs`, room, doc, {
  params: { token },
  disableBc: true,
});
// A refused update closes the socket for good, and says why.
provider.on("connection-close", (event) => {
  if (event?.code >= 4400 && event.code < 4500) fail(`Coscope refused: ${event.code} ${event.reason}`);
});
await new Promise((resolve) => provider.once("sync", resolve));

// 4. Write, many in one transaction. What stands where: packages/annotations/PROTOCOL.md.
function varint(value) {
  let rest = value < 0 ? -2 * value - 1 : 2 * value;
  const bytes = [];
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return [...bytes, rest];
}
// Version 1, not stamped and in whole pixels (8), point (1), plane z 0 t 0, x, y.
const point = (x, y) => Uint8Array.from([1, 8, 1, 0, 0, ...varint(x), ...varint(y)]);
const newId = () => crypto.randomUUID().replaceAll("-", "").slice(0, 16);

doc.transact(() => {
  const origin = doc.getMap("origin");
  const stamp = crypto.getRandomValues(new Uint8Array(8));
  const provenance = { program: "docs/examples/bot.mjs" };
  for (let y = 0; y < 10; y++)
    for (let x = 0; x < 10; x++)
      origin.set(newId(), [user.id, Date.now(), stamp, provenance, point(x * 500, y * 500)]);
});

// 5. Saved is what the durable state vector covers, no earlier.
const wanted = Y.decodeStateVector(Y.encodeStateVector(doc)).get(doc.clientID);
for (let saved = 0; saved < wanted; ) {
  await new Promise((resolve) => setTimeout(resolve, 100));
  const { stateVector } = await call("GET", `/api/rooms/${room.slice(1)}/durable`, undefined, token);
  saved = Y.decodeStateVector(Buffer.from(stateVector, "base64")).get(doc.clientID) ?? 0;
}
console.log(`100 points in ${room}, saved.`);
provider.destroy();
doc.destroy();

function fail(reason) {
  console.error(reason);
  process.exit(1);
}
