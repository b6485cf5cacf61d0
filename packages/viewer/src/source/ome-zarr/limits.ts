/** A chunk that declares more, decoded, is refused before it is fetched. */
export const MAX_CHUNK_BYTES = 64 * 2 ** 20;
