export { compareTopmost } from "./hit-test.ts";
export { createQuery, type LayerQuery, type QueryChange } from "./layer-query.ts";
export type { AnnotationSnapshot, Attributes } from "./snapshot.ts";
