/** A chunk that declares more, decoded, is refused before it is fetched. */
export const MAX_CHUNK_BYTES = 64 * 2 ** 20;

/** Levels of a pyramid, each of which costs a request: halved so often, no image has a pixel left. */
export const MAX_LEVELS = 64;
