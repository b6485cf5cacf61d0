import { rmSync } from "node:fs";
import {
  createLayerDocument,
  decodeServerFrame,
  encodeJoin,
  encodePatch,
  execute,
  makeAdd,
  type PresencePatch,
  type ServerFrame,
} from "@coscope/annotations";
import type { EncoderConfig } from "@coscope/sync-server/encoder/config.ts";
import { type RunningServer, type ServerOptions, startServer } from "@coscope/sync-server/server.ts";
import type { AnnotationLimits } from "@coscope/sync-server/sync/room-limits.ts";
import type { UploadLimits } from "@coscope/sync-server/uploads/limits.ts";
import { HocuspocusProvider } from "@hocuspocus/provider";
import * as decoding from "lib0/decoding";
import * as encoding from "lib0/encoding";
import WebSocket from "ws";
import * as Y from "yjs";
import { freshDataDir } from "./template.ts";

/** Real servers and clients for the tests here and in ../ledger. Nothing waits for a time, only for conditions. */

export interface TestServer extends RunningServer {
  readonly dataDir: string;
  /** Stops the server and removes its data. */
  remove(): Promise<void>;
}

export interface TestServerOptions extends ServerOptions {
  dataDir?: string;
  /** A PostgreSQL instead of the built-in database. */
  databaseUrl?: string;
  host?: string;
  imageDirs?: string[];
  proxyAllow?: string[];
  webDir?: string | null;
  uploads?: UploadLimits;
  annotations?: AnnotationLimits;
  encoder?: Partial<EncoderConfig>;
  isolated?: boolean;
}

export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const dataDir = options.dataDir ?? (await freshDataDir());
  const server = await startServer(
    {
      port: 0,
      host: options.host ?? "127.0.0.1",
      dataDir,
      ...(options.databaseUrl ? { databaseUrl: options.databaseUrl } : {}),
      imageDirs: options.imageDirs ?? [],
      proxyAllow: options.proxyAllow ?? [],
      webDir: options.webDir ?? null,
      uploads: options.uploads ?? {},
      annotations: options.annotations ?? {},
      ...(options.encoder ? { encoder: options.encoder } : {}),
      ...(options.isolated === undefined ? {} : { isolated: options.isolated }),
      open: false,
      logLevel: "silent",
    },
    options,
  );
  return {
    ...server,
    dataDir,
    async remove() {
      await server.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** Waits for a condition, not for a time; the limit only turns a hang into a message. */
export async function until(condition: () => unknown, limitMs = 20_000): Promise<void> {
  const deadline = performance.now() + limitMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`still waiting for ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

export interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of many shapes
  readonly body: any;
  readonly headers: Headers;
}

/** Somebody with a session: HTTP, live rooms, presence. */
export class Person {
  readonly base: string;
  readonly token: string;
  readonly user: { id: string; name: string; color: string; guest: boolean };
  readonly #open: { destroy(): void }[] = [];

  constructor(base: string, token: string, user: Person["user"]) {
    this.base = base;
    this.token = token;
    this.user = user;
  }

  async call(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const response = await fetch(this.base + path, {
      method,
      headers: { authorization: `Bearer ${this.token}`, "content-type": "application/json", ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get("content-type")?.includes("json");
    return { status: response.status, body: isJson ? JSON.parse(text) : text, headers: response.headers };
  }

  get = async (path: string) => (await this.call("GET", path)).body;

  /** A new layer on the demo image: each test has a document of its own. */
  async newLayer(name = "test"): Promise<{ id: string; room: string; epoch: number; revision: number }> {
    return (await this.call("POST", "/api/images/demo/layers", { name })).body;
  }

  join(room: string, doc = new Y.Doc()): JoinedRoom {
    const joined = new JoinedRoom(this, room, doc);
    this.#open.push(joined);
    return joined;
  }

  /** Resolves to the server's last clock of each client in the database. */
  async durable(room: string): Promise<Map<number, number>> {
    const { stateVector } = await this.get(`/api/rooms/${room.slice(1)}/durable`);
    return Y.decodeStateVector(new Uint8Array(Buffer.from(stateVector, "base64")));
  }

  async raw(): Promise<RawSocket> {
    const socket = await RawSocket.open(this.base, this.token);
    this.#open.push(socket);
    return socket;
  }

  leaveAll(): void {
    for (const open of this.#open.splice(0)) open.destroy();
  }
}

export async function comeIn(server: { url: string }, name = "Ada", key?: string): Promise<Person> {
  const response = await fetch(`${server.url}/api/sessions/guest`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name, color: "#56b4e9", ...(key ? { key } : {}) }),
  });
  const { token, user } = (await response.json()) as { token: string; user: Person["user"] };
  return new Person(server.url, token, user);
}

/** A live document through an ordinary HocuspocusProvider. */
export class JoinedRoom {
  readonly person: Person;
  readonly room: string;
  readonly doc: Y.Doc;
  readonly provider: HocuspocusProvider;
  /** Stateless messages, oldest first. */
  readonly messages: { t: string; [key: string]: unknown }[] = [];
  durable: Map<number, number> = new Map();
  refusedReason: string | null = null;

  constructor(person: Person, room: string, doc: Y.Doc) {
    this.person = person;
    this.room = room;
    this.doc = doc;
    this.provider = new HocuspocusProvider({
      url: `${person.base.replace("http", "ws")}/collab`,
      name: room,
      token: person.token,
      document: doc,
      awareness: null,
      // Reconnecting quickly keeps tests short.
      ...({ delay: 50, minDelay: 50, maxDelay: 200, factor: 1, jitter: false } as object),
      onStateless: ({ payload }) => {
        const message = JSON.parse(payload);
        this.messages.push(message);
        if (message.t === "durable")
          this.durable = Y.decodeStateVector(new Uint8Array(Buffer.from(message.sv, "base64")));
      },
      onAuthenticationFailed: ({ reason }) => {
        this.refusedReason = reason;
      },
    });
  }

  synced = () => until(() => this.provider.synced);

  /** Adds a rectangle and returns the id of it. */
  add(x = 0): string {
    const command = makeAdd({
      author: this.person.user.id,
      annotations: [
        {
          geometry: { kind: "rectangle", plane: { z: 0, t: 0 }, x, y: 0, width: 10, height: 10, rotation: 0 },
          classId: null,
        },
      ],
    });
    execute(createLayerDocument(this.doc), command, "test");
    return command.annotations[0]!.id;
  }

  has = (id: string) => this.doc.getMap("origin").has(id);

  /** Clock of this document's own edits. */
  get ownClock(): number {
    return Y.getState(this.doc.store, this.doc.clientID);
  }

  saved = () => until(() => (this.durable.get(this.doc.clientID) ?? 0) >= this.ownClock);

  of = (t: string) => this.messages.filter((message) => message.t === t);

  destroy(): void {
    this.provider.destroy();
  }
}

export const FRAME = { sync: 0, auth: 2, stateless: 5, close: 7, status: 8 } as const;

export interface RawFrame {
  document: string;
  type: number;
  decoder: decoding.Decoder;
}

/** A WebSocket without any library's good manners. */
export class RawSocket {
  readonly ws: WebSocket;
  readonly frames: Uint8Array[] = [];
  closed: { code: number; reason: string } | null = null;

  private constructor(ws: WebSocket) {
    this.ws = ws;
    ws.on("message", (data: Buffer) => this.frames.push(new Uint8Array(data)));
    ws.on("close", (code, reason) => {
      this.closed = { code, reason: reason.toString() };
    });
    ws.on("error", () => {});
  }

  static async open(
    base: string,
    token: string | null,
    headers: Record<string, string> = {},
  ): Promise<RawSocket> {
    const ws = new WebSocket(`${base.replace("http", "ws")}/collab`, {
      headers: { ...(token ? { authorization: `Bearer ${token}` } : {}), ...headers },
    });
    const socket = new RawSocket(ws);
    await new Promise<void>((resolve, reject) => {
      ws.once("open", resolve);
      ws.once("error", reject);
    });
    return socket;
  }

  send(bytes: Uint8Array): void {
    this.ws.send(bytes);
  }

  /** varString(document) then varUints and byte strings. */
  sendFrame(document: string, ...parts: (number | string | Uint8Array)[]): void {
    const encoder = encoding.createEncoder();
    encoding.writeVarString(encoder, document);
    for (const part of parts) {
      if (typeof part === "number") encoding.writeVarUint(encoder, part);
      else if (typeof part === "string") encoding.writeVarString(encoder, part);
      else encoding.writeVarUint8Array(encoder, part);
    }
    this.send(encoding.toUint8Array(encoder));
  }

  async authenticate(room: string, token = ""): Promise<void> {
    this.sendFrame(room, FRAME.auth, 0, token, "raw");
    await until(() => this.received(room, FRAME.auth).length > 0);
  }

  update(room: string, update: Uint8Array): void {
    this.sendFrame(room, FRAME.sync, 2, update);
  }

  received(document: string, type: number): RawFrame[] {
    return this.frames
      .filter((frame) => frame[0] !== 0 && frame.length > 1)
      .map((frame) => {
        const decoder = decoding.createDecoder(frame);
        return { document: decoding.readVarString(decoder), type: decoding.readVarUint(decoder), decoder };
      })
      .filter((frame) => frame.document === document && frame.type === type);
  }

  stateless(document: string): { t: string; [key: string]: unknown }[] {
    return this.received(document, FRAME.stateless).map(({ decoder }) =>
      JSON.parse(decoding.readVarString(decoder)),
    );
  }

  /** Presence frames, oldest first. */
  get presence(): ServerFrame[] {
    return this.frames.filter((frame) => frame[0] === 0).map(decodeServerFrame);
  }

  of<Kind extends ServerFrame["kind"]>(kind: Kind): Extract<ServerFrame, { kind: Kind }>[] {
    return this.presence.filter((frame) => frame.kind === kind) as Extract<ServerFrame, { kind: Kind }>[];
  }

  /** Joins an image's presence room and resolves to the own peer id. */
  async lookAt(imageId: string): Promise<number> {
    this.send(encodeJoin(imageId));
    await until(() => this.of("welcome").some((frame) => frame.imageId === imageId));
    return this.of("welcome").at(-1)!.peerId;
  }

  show(patch: PresencePatch): void {
    this.send(encodePatch(patch));
  }

  destroy(): void {
    this.ws.terminate();
  }
}
