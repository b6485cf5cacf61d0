import type { SyncSocket } from "./socket.ts";

/** Hocuspocus' context of a connection: the socket from the start, the rest from authentication on. */
export interface RoomContext {
  socket: SyncSocket;
  userId: string;
}
