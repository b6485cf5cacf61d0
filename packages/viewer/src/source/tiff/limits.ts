/** A tile or strip that declares more, decoded, is refused before it is fetched. */
export const MAX_BLOCK_BYTES = 64 * 2 ** 20;

/** Directories in a file: one per plane, so a long time series has tens of thousands. */
export const MAX_DIRECTORIES = 65_536;

/** Entries in one directory; files written by instruments have a few dozen. */
export const MAX_TAGS = 1024;

/** Pixels along one edge: what 32-bit floats can still tell apart on screen. */
export const MAX_EDGE = 2 ** 24;

/** Tiles or strips in one directory. */
export const MAX_BLOCKS = 2 ** 24;

/** Planes (channels × z × t) of one image. */
export const MAX_PLANES = 2 ** 18;

/** OME-XML of a large plate is a few megabytes. */
export const MAX_DESCRIPTION_BYTES = 32 * 2 ** 20;

/** Without a pyramid the whole plane is read for the first view: more than this is refused. */
export const MAX_FLAT_BYTES = 512 * 2 ** 20;
