export * from "./errors.ts";
export * from "./frames.ts";
export * from "./limits.ts";
export * from "./split.ts";
export * from "./types.ts";
