export { LOCKED, ORDER, PROVENANCE, RESERVED_PREFIX } from "./attributes.ts";
export { checkDocument, type DocumentSummary } from "./check-document.ts";
export {
  type CheckUpdateOptions,
  checkUpdate,
  type DecodedUpdate,
  type UpdateSummary,
} from "./check-update.ts";
export { contentHash } from "./content-hash.ts";
export * from "./errors.ts";
export * from "./ids.ts";
export type { Json } from "./json.ts";
export * from "./layer-document.ts";
export { inPieces, Pieces } from "./pieces.ts";
export type { AttributeField, CoreField, Current, Field, FieldValues } from "./read.ts";
export * from "./room-name.ts";
export { isStamp, newStamp, type Stamp } from "./stamps.ts";
export { MAX_LABEL_LENGTH, type Origin, type Provenance } from "./values.ts";
