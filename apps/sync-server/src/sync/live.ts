import type { Server } from "node:http";
import type { Logger } from "pino";
import type { OriginPolicy } from "../access/origin.ts";
import type { Sessions } from "../access/sessions.ts";
import type { BlobStore } from "../blobs/blob-store.ts";
import type { ServerError } from "../errors.ts";
import type { Live } from "../http/context.ts";
import type { Metrics } from "../metrics.ts";
import type { DocumentLog } from "../store/document-log.ts";
import { createDocuments } from "../store/documents.ts";
import { getLayer } from "../store/layers.ts";
import type { Database } from "../store/store.ts";
import { countClassUses, reassignClass } from "./class-uses.ts";
import { createDurableAnswers } from "./durable-answers.ts";
import { attachEndpoint, type Endpoint } from "./endpoint.ts";
import { createFolder } from "./fold.ts";
import { createGuard } from "./guard.ts";
import { createHocuspocus } from "./hocuspocus.ts";
import { createLogWriter } from "./log-writer.ts";
import { PresenceHub } from "./presence/hub.ts";
import type { Room } from "./room.ts";
import type { RoomLimits } from "./room-limits.ts";
import { Rooms } from "./rooms.ts";
import { Seats } from "./seats.ts";
import { CLOSE } from "./socket.ts";

export type CommitWrapper = <Result>(commit: () => Promise<Result>) => Promise<Result>;

export interface LiveOptions {
  readonly db: Database;
  readonly documentLog: DocumentLog;
  readonly blobs: BlobStore;
  readonly sessions: Sessions;
  readonly origins: OriginPolicy;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly limits: RoomLimits;
  readonly aroundCommit?: CommitWrapper | undefined;
  readonly keepaliveMs?: number | undefined;
}

export interface LiveServer extends Live {
  /** Takes the WebSocket upgrades of an HTTP server. */
  attach(server: Server): void;
  /** Closes sockets, waits for commits, writes snapshots. The database may be closed afterwards. */
  close(): Promise<void>;
}

export function createLive({
  db,
  documentLog,
  blobs,
  sessions,
  origins,
  log,
  metrics,
  limits,
  aroundCommit = (commit) => commit(),
  keepaliveMs,
}: LiveOptions): LiveServer {
  const guard = createGuard(log, metrics);
  const writer = createLogWriter((batch, again) => aroundCommit(() => documentLog.append(batch, { again })), {
    log,
    metrics,
  });
  const folder = createFolder();
  const stored = createDocuments(db, {
    documentLog,
    blobs,
    fold: (updates) => folder.fold(updates),
    onUnreadable: (blob, error) => {
      metrics.caught.inc({ where: "snapshot" });
      log.error({ err: error, blob }, "a snapshot cannot be read; an older one or the log is used");
    },
  });
  const rooms = new Rooms({ writer, limits, stored, log, metrics, onFailure });
  const presence = new PresenceHub({ db, metrics, guard });
  const seats = new Seats({ rooms, restMs: writer.restMs, log, metrics });
  const hocuspocus = createHocuspocus({
    db,
    documentLog,
    sessions,
    rooms,
    seats,
    guard,
    onActor: (socket) => presence.signedIn(socket),
  });
  let endpoint: Endpoint | null = null;
  sessions.onEnd((sessionId) => endpoint?.endSession(sessionId));
  sessions.onUserChange((user) => {
    endpoint?.updateUser(user);
    presence.renamed(user);
  });

  function onFailure(room: Room, error: ServerError): void {
    if (error.code === "epoch-changed") void guard("epoch", tellEpoch)(room);
    else
      for (const connection of room.document.getConnections())
        connection.webSocket.close(CLOSE.comeBack, "not saved");
  }

  async function tellEpoch(room: Room): Promise<void> {
    const layer = await getLayer(db, room.id.layerId).catch(() => null);
    for (const connection of room.document.getConnections()) {
      if (layer) connection.sendStateless(JSON.stringify({ t: "epoch", room: layer.room }));
      connection.close({ code: 4205, reason: layer ? "epoch-changed" : "layer-deleted" });
    }
  }

  return {
    announceImage: (imageId, event) => presence.announceImage(imageId, event),
    announceProject: (projectId, event) => presence.announceProject(projectId, event),
    closeLayer(layerId, reason) {
      documentLog.forget(layerId);
      for (const room of rooms.ofLayer(layerId))
        for (const connection of room.document.getConnections()) connection.close({ code: 4205, reason });
    },
    durable: createDurableAnswers(rooms),
    async countClassUses(projectId, classId) {
      await documentLog.settle();
      return countClassUses(db, rooms, projectId, classId);
    },
    async reassignClass(projectId, from, to, userId) {
      await documentLog.settle();
      return reassignClass(db, rooms, projectId, { from, to, userId });
    },
    attach(server) {
      endpoint = attachEndpoint(server, {
        hocuspocus,
        seats,
        sessions,
        origins,
        log,
        metrics,
        presence,
        keepaliveMs,
      });
    },
    async close() {
      await endpoint?.close();
      await writer.idle();
      await rooms.close();
      await Promise.all(hocuspocus.unloadingDocuments.values());
      await folder.close();
      limits.close();
    },
  };
}
