import * as Y from "yjs";

/** Yjs client id → how many clocks of it are there, from 0 without a hole. */
export type StateVector = ReadonlyMap<number, number>;

/** Y.encodeStateVector's format. */
export const encodeStateVector = (vector: StateVector): Uint8Array => Y.encodeStateVector(new Map(vector));

/** Throws on bytes that are none: they come from our own server. */
export const decodeStateVector = (bytes: Uint8Array): StateVector => Y.decodeStateVector(bytes);

/** Whether clocks of `clientId` below `clockTo` are all there. */
export const covers = (vector: StateVector, clientId: number, clockTo: number): boolean =>
  (vector.get(clientId) ?? 0) >= clockTo;
