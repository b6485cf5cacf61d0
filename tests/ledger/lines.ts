import { HocuspocusProvider } from "@hocuspocus/provider";
import WebSocket from "ws";
import { WebsocketProvider } from "y-websocket";
import * as Y from "yjs";
import type { Person } from "../server/harness.ts";

export type ClientKind = "hocuspocus" | "y-websocket";

/** A document on its way to and from the server. */
export interface Line {
  readonly synced: boolean;
  destroy(): void;
}

export interface LineHandlers {
  /** The room's durable state vector. */
  onDurable(vector: Map<number, number>): void;
  /** The server refused something: no client here ever gives a reason for that. */
  onRefused(why: string): void;
}

const ASK_EVERY_MS = 50;
/** Fetches through a dead line would wait for ever. */
const ASK_LIMIT_MS = 2_000;

export function openLine(
  kind: ClientKind,
  person: Person,
  room: string,
  doc: Y.Doc,
  handlers: LineHandlers,
): Line {
  const base = person.base.replace("http", "ws");
  if (kind === "hocuspocus") {
    const provider = new HocuspocusProvider({
      url: `${base}/collab`,
      name: room,
      token: person.token,
      document: doc,
      awareness: null,
      ...({ delay: 50, minDelay: 50, maxDelay: 200, factor: 1, jitter: false } as object),
      onStateless: ({ payload }) => {
        const message = JSON.parse(payload) as { t: string; sv?: string };
        if (message.t === "rejected") handlers.onRefused(payload);
        if (message.t === "durable") handlers.onDurable(vectorOf(message.sv!));
      },
      onAuthenticationFailed: ({ reason }) => {
        if (reason !== "unavailable") handlers.onRefused(reason);
        // The database did not answer. Joining again is the page's business: with a new line.
        else provider.configuration.websocketProvider.webSocket?.close();
      },
    });
    return {
      get synced() {
        return provider.synced;
      },
      destroy: () => provider.destroy(),
    };
  }
  const provider = new WebsocketProvider(`${base}/yjs`, room, doc, {
    params: { token: person.token },
    disableBc: true,
    WebSocketPolyfill: WebSocket as never,
    maxBackoffTime: 200,
  });
  provider.on("connection-close", (event) => {
    if (event && event.code >= 4400 && event.code < 4500) handlers.onRefused(`${event.code} ${event.reason}`);
  });
  let alive = true;
  void (async () => {
    while (alive) {
      await ask(person, room).then(handlers.onDurable, () => {});
      await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
    }
  })();
  return {
    get synced() {
      return provider.synced;
    },
    destroy() {
      alive = false;
      provider.destroy();
    },
  };
}

/** What an ordinary Yjs client does to learn what is saved. */
async function ask(person: Person, room: string): Promise<Map<number, number>> {
  const response = await fetch(`${person.base}/api/rooms/${room.slice(1)}/durable`, {
    headers: { authorization: `Bearer ${person.token}` },
    signal: AbortSignal.timeout(ASK_LIMIT_MS),
  });
  if (!response.ok) throw new Error(`${response.status}`);
  return vectorOf(((await response.json()) as { stateVector: string }).stateVector);
}

const vectorOf = (base64: string) => Y.decodeStateVector(new Uint8Array(Buffer.from(base64, "base64")));
