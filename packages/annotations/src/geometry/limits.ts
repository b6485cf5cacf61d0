/** Hard limits of one geometry. They are part of the protocol: raising one is a new geometry version. */
export const MAX_VERTICES = 100_000;
export const MAX_GEOMETRY_BYTES = 1 << 20;
/** Coordinates lie in [-2^31, 2^31] px. */
export const MAX_COORDINATE = 2 ** 31;
/** Plane indices are below this. */
export const MAX_PLANE_INDEX = 2 ** 31;
/** Coordinates are stored as multiples of 1/64 px. */
export const UNITS_PER_PX = 64;
/** Rotations are stored as multiples of 2π/2^24: at 10,000 px from the centre, 0.004 px. */
export const ROTATION_STEPS = 2 ** 24;
