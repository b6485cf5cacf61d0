export * from "./commands/index.ts";
export * from "./document/index.ts";
export * from "./geometry/index.ts";
export * from "./outbox/index.ts";
export * from "./presence/index.ts";
export * from "./query/index.ts";
