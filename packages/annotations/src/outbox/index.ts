export { memoryOutboxStore } from "./memory-outbox-store.ts";
export { Outbox } from "./outbox.ts";
export * from "./state-vector.ts";
export type * from "./types.ts";
