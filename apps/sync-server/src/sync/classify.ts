import * as Y from "yjs";
import type { DecodedUpdate, Undecodable } from "./decode.ts";

/** What a room knows that decides about an update. */
export interface RoomView {
  /** Clock up to which structs of a client were accepted, those not yet committed included. */
  clock(clientId: number): number;
  /** User id of a client id's owner. */
  owner(clientId: number): string | undefined;
  /** True when every struct of the range is deleted in the document already. */
  isDeleted(clientId: number, clock: number, length: number): boolean;
}

export type Verdict =
  /** Nothing in it that was not accepted before. */
  | { kind: "known" }
  /** Belongs into the log. `after`: new clocks; `claims`: client ids that become this user's. */
  | { kind: "new"; after: ReadonlyMap<number, number>; claims: readonly number[] }
  /** Earlier structs are missing here: the client must be asked for them. */
  | { kind: "gap" }
  | { kind: "rejected"; reason: RejectReason; clientId?: number; clock?: number };

export type RejectReason =
  | Undecodable
  | "foreign-client-id"
  | "view-only"
  | "not-an-annotation"
  | "too-many-clients"
  | "layer-full"
  | "storage-full";

/**
 * Decides about one decoded Yjs V1 update of `userId`.
 *
 * Yjs believes whoever names a client id first: an update under a colleague's id at their next clock would make
 * replicas differ for ever with equal state vectors. So a client id belongs to the first user who wrote under
 * it from clock 0, no clock may be left out, and nothing may hang on what is not here.
 */
export function classify(update: DecodedUpdate, userId: string, view: RoomView): Verdict {
  const after = new Map<number, number>();
  const claims: number[] = [];
  const fresh: (Y.Item | Y.GC)[] = [];
  const clockAfter = (clientId: number) => after.get(clientId) ?? view.clock(clientId);

  for (const struct of update.structs) {
    if (struct instanceof Y.Skip) continue;
    const { client, clock } = struct.id;
    const end = clock + struct.length;
    const known = clockAfter(client);
    if (end <= known) continue;
    if (clock > known) return { kind: "gap" };
    if (!after.has(client)) {
      const owner = view.owner(client);
      if (owner === undefined && known === 0) claims.push(client);
      else if (owner !== userId) {
        return { kind: "rejected", reason: "foreign-client-id", clientId: client, clock };
      }
    }
    after.set(client, end);
    fresh.push(struct);
  }

  const missing = (id: Y.ID) => id.clock >= clockAfter(id.client);
  for (const struct of fresh) {
    if (!(struct instanceof Y.Item)) continue;
    const { origin, rightOrigin, parent } = struct;
    if (origin && missing(origin)) return { kind: "gap" };
    if (rightOrigin && missing(rightOrigin)) return { kind: "gap" };
    if (parent instanceof Y.ID && missing(parent)) return { kind: "gap" };
  }

  let deletes = false;
  for (const [client, ranges] of update.ds.clients) {
    for (const { clock, len } of ranges) {
      if (clock + len > clockAfter(client)) return { kind: "gap" };
      deletes ||= !view.isDeleted(client, clock, len);
    }
  }
  return after.size === 0 && !deletes ? { kind: "known" } : { kind: "new", after, claims };
}

/** True when every struct of `client` in [clock, clock + length) is deleted in `doc`. */
export function isDeletedIn(doc: Y.Doc, client: number, clock: number, length: number): boolean {
  const structs = doc.store.clients.get(client);
  const last = structs?.at(-1);
  if (!structs || !last || clock + length > last.id.clock + last.length) return false;
  for (let i = Y.findIndexSS(structs, clock); i < structs.length; i++) {
    const struct = structs[i]!;
    if (struct.id.clock >= clock + length) break;
    if (!struct.deleted) return false;
  }
  return true;
}
