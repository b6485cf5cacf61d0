/** Hard limits of presence frames, part of the protocol. */
export const MAX_FRAME_BYTES = 64 * 1024;
export const MAX_GHOST_BYTES = 16 * 1024;
export const MAX_CHANNELS = 64;
/** Ids of images, layers, annotations, classes and users. */
export const MAX_ID_LENGTH = 40;
/** Tool names, user names and colours, in UTF-16 units. */
export const MAX_NAME_LENGTH = 100;
export const MAX_PEER_ID = 0xffff;
