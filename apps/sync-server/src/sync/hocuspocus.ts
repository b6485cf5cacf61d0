import { parseRoomName } from "@coscope/annotations/document";
import { Hocuspocus } from "@hocuspocus/server";
import { can } from "../access/can.ts";
import type { Sessions } from "../access/sessions.ts";
import { isServerError } from "../errors.ts";
import type { DocumentLog } from "../store/document-log.ts";
import { locateLayer } from "../store/locate.ts";
import type { Database } from "../store/store.ts";
import type { RoomContext } from "./context.ts";
import { UNAVAILABLE } from "./dialect.ts";
import { type Guard, Refusal } from "./guard.ts";
import type { Rooms } from "./rooms.ts";
import type { Seats } from "./seats.ts";
import { CLOSE } from "./socket.ts";

/** We keep sockets alive and drop dead ones ourselves (`endpoint.ts`). */
const NO_TIMEOUT_MS = 2 ** 31 - 1;

export interface HocuspocusOptions {
  readonly db: Database;
  readonly documentLog: Pick<DocumentLog, "prepare">;
  readonly sessions: Sessions;
  readonly rooms: Rooms;
  readonly seats: Seats;
  readonly guard: Guard;
  onActor(socket: RoomContext["socket"]): void;
}

/**
 * Hocuspocus with our hooks: who may join, what a document holds, when a frame may be applied. It stores
 * nothing itself; the log does.
 */
export function createHocuspocus(options: HocuspocusOptions): Hocuspocus<RoomContext> {
  const { db, documentLog, sessions, rooms, seats, guard } = options;

  async function authenticate(
    socket: RoomContext["socket"],
    documentName: string,
    token: string,
  ): Promise<{ userId: string; mayAnnotate: boolean }> {
    const actor = token === "" ? socket.actor : await sessions.validate(token);
    if (!actor) throw new Refusal(token === "" ? "session-required" : "session-ended");
    if (socket.actor && socket.actor.user.id !== actor.user.id) throw new Refusal("other-session");
    const parsed = parseRoomName(documentName);
    if (!parsed) throw new Refusal("bad-room-name");
    const { row, workspaceId } = await locateLayer(db, parsed.layerId).catch((error) => {
      throw isServerError(error, "not-found") ? new Refusal("not-found") : error;
    });
    if (row.imageId !== parsed.imageId) throw new Refusal("not-found");
    const resource = { kind: "layer", workspaceId } as const;
    if (!can(actor, "view", resource)) throw new Refusal("forbidden");
    if (row.epoch !== parsed.epoch) throw new Refusal("epoch-changed");
    if (!socket.actor) {
      if (!socket.mayBeOf(actor.user.id)) throw new Refusal("too-many-sockets");
      socket.actor = actor;
      options.onActor(socket);
    }
    void documentLog.prepare({ layerId: row.id, epoch: row.epoch }, actor.user.id).catch(() => {});
    return { userId: actor.user.id, mayAnnotate: can(actor, "annotate", resource) };
  }

  const hocuspocus = new Hocuspocus<RoomContext>({
    quiet: true,
    timeout: NO_TIMEOUT_MS,
    yDocOptions: { gc: true, gcFilter: () => true },

    async onAuthenticate({ context, documentName, token, connectionConfig }) {
      try {
        const { userId, mayAnnotate } = await authenticate(context.socket, documentName, token);
        connectionConfig.readOnly = !mayAnnotate;
        return { userId };
      } catch (error) {
        if (error instanceof Refusal) throw error;
        await guard("onAuthenticate", () => {
          throw error;
        })();
        throw new Refusal(UNAVAILABLE);
      }
    },

    async onLoadDocument({ document, context }) {
      try {
        // The server loads documents for its own purposes, too, and then there is no socket.
        if (context.socket) await seats.load(document, context);
        else await rooms.load(document);
      } catch (error) {
        await guard("onLoadDocument", () => {
          throw error;
        })();
        throw new Refusal(UNAVAILABLE);
      }
    },

    connected: guard("connected", ({ connection, context }) => {
      try {
        seats.take(connection, context);
      } catch (error) {
        // Let in and not seated, it would wait for ever to be told what is saved.
        context.socket.close(CLOSE.comeBack, "not seated");
        throw error;
      }
    }),

    /** A frame waits here until the edit in it is in the database and in the document. */
    beforeHandleMessage: guard("beforeHandleMessage", ({ update, connection }) =>
      seats.settled(connection, update),
    ),

    afterHandleMessage: guard("afterHandleMessage", ({ update, context }) => context.socket.finished(update)),

    async beforeUnloadDocument({ document }) {
      await rooms.beforeUnload(document);
    },
  });
  rooms.attach(hocuspocus);
  return hocuspocus;
}
