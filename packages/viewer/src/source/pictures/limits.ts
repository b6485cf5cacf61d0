/** A picture that is not tiled is decoded whole: 4 bytes for each of these stay in memory. */
export const MAX_PICTURE_PX = 64 * 2 ** 20;
export const MAX_PICTURE_BYTES = 64 * 2 ** 20;

/** One tile of a tiled picture, as a file. */
export const MAX_TILE_BYTES = 16 * 2 ** 20;
export const MAX_TILE_EDGE = 4096;

/** Pixels along one edge of a tiled picture. */
export const MAX_EDGE = 2 ** 24;

/** Descriptions (info.json, .dzi) are a few hundred bytes. */
export const MAX_DESCRIPTION_BYTES = 2 ** 20;
