import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { parseRoomName } from "@coscope/annotations/document";
import type { Hocuspocus } from "@hocuspocus/server";
import type { Logger } from "pino";
import { WebSocket, WebSocketServer } from "ws";
import type { User } from "../access/can.ts";
import { tokenOf } from "../access/credentials.ts";
import type { OriginPolicy } from "../access/origin.ts";
import type { Sessions } from "../access/sessions.ts";
import type { Metrics } from "../metrics.ts";
import { isOutage, outageOf } from "../store/outage.ts";
import type { RoomContext } from "./context.ts";
import { isStateVector } from "./decode.ts";
import { COLLAB, type Dialect, documentOfPath, joinFrame, yjsDialect } from "./dialect.ts";
import { readFrame } from "./frame.ts";
import { AWARENESS, AwarenessBridge } from "./presence/awareness.ts";
import type { PresenceHub } from "./presence/hub.ts";
import { denied, type Seats } from "./seats.ts";
import { CLOSE, SyncSocket } from "./socket.ts";
import { Strangers } from "./strangers.ts";
import { WaitingBytes } from "./waiting.ts";

/** A resync of 20,000 shapes is over 1 MB; beyond this the socket is closed for good. */
const MAX_FRAME_BYTES = 16 << 20;
/** Tokens that a stranger may try: each is looked up. */
const MAX_DENIALS = 16;
/** A client of `/yjs` that does not read is told nothing of others' cursors. */
const MAX_AWARENESS_BUFFERED = 256 << 10;
/** Providers give up on a socket that is silent for 30 s. */
const KEEPALIVE_MS = 20_000;
/** Rounds without a byte from there, and without one that was taken there, after which a line is dead. */
const MAX_SILENT_ROUNDS = 2;
/** Rounds in which nothing of what waits is taken, whatever is sent meanwhile. */
const MAX_STUCK_ROUNDS = 3;
/** What ws calls a message above its limit, as RFC 6455 does. */
const TOO_BIG = 1009;
/** Open sockets of one user: windows, and programs with a socket a layer. */
const MAX_SOCKETS = 2_000;

export interface EndpointOptions {
  readonly hocuspocus: Hocuspocus<RoomContext>;
  readonly seats: Seats;
  readonly sessions: Sessions;
  readonly origins: OriginPolicy;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly presence: PresenceHub;
  /** Left out: 20 s. */
  readonly keepaliveMs?: number | undefined;
}

/** Whoever sent a frame that is too large would after 1009 come back, and send it again. */
class LimitedWebSocket extends WebSocket {
  override close(code?: number, reason?: string | Buffer): void {
    if (code === TOO_BIG) super.close(CLOSE.tooLarge, `a message above ${MAX_FRAME_BYTES >> 20} MiB`);
    else super.close(code, reason);
  }
}

export interface Endpoint {
  /** Closes the sockets of a session. */
  endSession(sessionId: string): void;
  /** A user has another name or colour. */
  updateUser(user: User): void;
  /** Closes every socket and resolves when they are gone. */
  close(): Promise<void>;
}

/**
 * WebSockets of the server's one port. `/collab` speaks Hocuspocus' protocol with our presence frames beside it,
 * `/yjs/<room>` the protocol of ordinary Yjs providers.
 */
export function attachEndpoint(server: Server, options: EndpointOptions): Endpoint {
  const { sessions, origins, log, metrics } = options;
  const wss = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_FRAME_BYTES,
    perMessageDeflate: false,
    WebSocket: LimitedWebSocket,
  });
  const open = new Set<SyncSocket>();
  const waiting = new WaitingBytes();
  const strangers = new Strangers();
  const socketsOf = (userId: string) => {
    let count = 0;
    for (const socket of open) if (socket.actor?.user.id === userId) count++;
    return count;
  };
  let closing = false;

  async function upgrade(req: IncomingMessage, stream: Duplex, head: Buffer): Promise<void> {
    const asked = readRequest(req);
    if (!asked) return refuse(stream, "400 Bad Request");
    const { url, headers } = asked;
    const host = headers.get("host");
    if (!origins.hostAllowed(host) || !origins.originAllowed(headers.get("origin"), host)) {
      return refuse(stream, "403 Forbidden");
    }
    if (closing) return refuse(stream, "503 Service Unavailable");
    const document = documentOfPath(url.pathname);
    if (url.pathname !== "/collab" && document === null) return refuse(stream, "404 Not Found");
    const token = tokenOf(headers)?.token ?? url.searchParams.get("token");
    const actor = token ? await sessions.validate(token) : null;
    // The address goes no further: it may hold a token.
    const request = new Request("http://localhost/collab", { headers });
    if (stream.destroyed) return;
    const address = req.socket.remoteAddress ?? "";
    if (actor === null && !strangers.mayEnter(address)) return refuse(stream, "429 Too Many Requests");
    if (actor !== null && socketsOf(actor.user.id) >= MAX_SOCKETS)
      return refuse(stream, "429 Too Many Requests");
    wss.handleUpgrade(req, stream, head, (ws) => {
      const dialect = document === null ? COLLAB : yjsDialect(document);
      const onSlow = () => metrics.slowSockets.inc();
      const socket = new SyncSocket(ws, dialect, actor, { waiting, onSlow });
      socket.mayBeOf = (userId) => socketsOf(userId) < MAX_SOCKETS;
      const receive = wire(socket, dialect, request, stream, options);
      const room = document === null ? null : parseRoomName(document);
      if (room) {
        socket.awareness = new AwarenessBridge({
          imageId: room.imageId,
          // Called by timers: what is thrown there would end the process.
          toHub: (frame) => {
            try {
              options.presence.receive(socket, frame);
            } catch (error) {
              metrics.caught.inc({ where: "awareness" });
              log.error({ err: error }, "awareness could not be passed on");
            }
          },
          send: (message) => {
            if (ws.readyState === ws.OPEN && ws.bufferedAmount < MAX_AWARENESS_BUFFERED)
              socket.outlet.put(message);
          },
        });
      }
      if (document !== null) receive(joinFrame(document));
      if (actor === null) strangers.watch(socket, stream, address);
      open.add(socket);
      metrics.sockets.set(open.size);
      ws.on("close", () => {
        open.delete(socket);
        metrics.sockets.set(open.size);
      });
    });
  }

  server.on("upgrade", (req: IncomingMessage, stream: Duplex, head: Buffer) => {
    stream.on("error", () => {});
    upgrade(req, stream, head).catch((error) => {
      metrics.caught.inc({ where: "upgrade" });
      const outage = isOutage(error);
      if (outage) outageOf(log).tell(error, "upgrade");
      else log.error({ err: error }, "upgrade failed");
      refuse(stream, outage ? "503 Service Unavailable" : "500 Internal Server Error");
    });
  });

  return {
    endSession(sessionId) {
      for (const socket of open) {
        if (socket.actor?.sessionId === sessionId) socket.close(CLOSE.signedOut, "signed out");
      }
    },
    updateUser(user) {
      for (const socket of open)
        if (socket.actor?.user.id === user.id) socket.actor = { ...socket.actor, user };
    },
    async close() {
      closing = true;
      const gone = [...open].map(({ ws }) => new Promise((resolve) => ws.once("close", resolve)));
      for (const socket of open) socket.close(1001, "server stops");
      await Promise.all(gone);
      wss.close();
    },
  };
}

/** Returns what takes Hocuspocus frames as if they had come from the socket. */
function wire(
  socket: SyncSocket,
  dialect: Dialect,
  request: Request,
  stream: Duplex & { readonly bytesRead?: number },
  options: EndpointOptions,
): (frame: Uint8Array) => void {
  const { hocuspocus, seats, presence, log, metrics, keepaliveMs = KEEPALIVE_MS } = options;
  const { ws, outlet } = socket;
  const client = hocuspocus.handleConnection(socket.target, request, { socket, userId: "" });
  socket.forward = (frame) => client.handleMessage(frame);
  let denials = 0;
  socket.onDenied = (document) => {
    if (!socket.actor && ++denials >= MAX_DENIALS) socket.close(CLOSE.signedOut, "no session");
    else seats.left(socket, document);
  };

  ws.on("message", (data: Buffer, isBinary: boolean) => {
    try {
      if (!isBinary) return socket.close(CLOSE.malformed, "text frame");
      const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      if (dialect.hasPresence && bytes[0] === 0) {
        presence.receive(socket, bytes);
        return;
      }
      if (socket.awareness && bytes[0] === AWARENESS) {
        socket.awareness.receive(bytes);
        return;
      }
      const frame = dialect.inbound(bytes);
      if (frame) receive(frame);
    } catch (error) {
      metrics.caught.inc({ where: "message" });
      log.error({ err: error }, "a frame could not be handled");
      socket.close(CLOSE.malformed, "malformed frame");
    }
  });
  // ws closes by itself after an error (too big a frame, bad UTF-8); without a listener it would throw.
  ws.on("error", (error) => log.debug({ err: error }, "socket error"));
  ws.on("close", (code: number, reason: Buffer) => {
    clearInterval(keepalive);
    socket.awareness?.close();
    presence.closed(socket);
    seats.gone(socket);
    client.handleClose({ code, reason: reason.toString() });
  });

  let heardBytes: number | undefined = -1;
  let silentRounds = 0;
  let hadToWait = false;
  const keepalive = setInterval(() => {
    // Bytes, not answers: a slow line carries a large message for minutes, and the answer behind it.
    const isHeard = stream.bytesRead !== heardBytes || (hadToWait && outlet.stuckMs < keepaliveMs);
    // Who is not read from cannot be heard answering.
    silentRounds = isHeard || socket.rested ? 0 : silentRounds + 1;
    if (silentRounds >= MAX_SILENT_ROUNDS) return ws.terminate();
    if (outlet.stuckMs > MAX_STUCK_ROUNDS * keepaliveMs) {
      metrics.slowSockets.inc();
      return socket.close(CLOSE.comeBack, "not reading");
    }
    heardBytes = stream.bytesRead;
    hadToWait = ws.bufferedAmount > 0;
    socket.rested = ws.isPaused;
    if (ws.readyState !== ws.OPEN) return;
    outlet.put(dialect.keepalive);
    ws.ping();
  }, keepaliveMs);

  function receive(frame: Uint8Array): void {
    const parsed = readFrame(frame);
    if (parsed.kind === "ignored") return;
    if (parsed.kind === "malformed") socket.close(CLOSE.malformed, "malformed frame");
    else if (parseRoomName(parsed.document) === null) {
      // Hocuspocus looks names up in plain objects: "constructor" must not get there.
      if (parsed.kind === "auth") socket.target.send(denied(parsed.document, "bad-room-name"));
    } else if (parsed.kind === "step1" && !isStateVector(parsed.stateVector))
      socket.close(CLOSE.malformed, "malformed frame");
    else seats.receive(socket, frame, parsed);
  }
  return receive;
}

/** null: the address or a header is none. */
function readRequest(req: IncomingMessage): { url: URL; headers: Headers } | null {
  try {
    const headers = new Headers();
    for (let i = 0; i < req.rawHeaders.length; i += 2)
      headers.append(req.rawHeaders[i]!, req.rawHeaders[i + 1]!);
    return { url: new URL(req.url ?? "/", "http://localhost"), headers };
  } catch {
    return null;
  }
}

function refuse(stream: Duplex, status: string): void {
  stream.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
