import { createAllowance } from "../allowance.ts";
import { ServerError } from "../errors.ts";
import type { DurableState } from "./room.ts";
import type { Rooms } from "./rooms.ts";

/** What one user may make us load to answer, in bytes; each time at least `LEAST`. */
const LOADED = { perSecond: 4 << 20, burst: 256 << 20 };
const LEAST = 64 << 10;
/** Layers that are loaded for one user at the same time. */
const MAX_LOADING = 4;

type Layer = Parameters<Rooms["use"]>[0];

/**
 * Answers what is saved of a layer. Where somebody is in its room that is known; else the layer is loaded as a whole,
 * so each user may ask for that only so often. Throws "too-many-requests".
 */
export function createDurableAnswers(
  rooms: Pick<Rooms, "find" | "use">,
  nowMs?: () => number,
): (layer: Layer, userId: string) => Promise<DurableState> {
  const allow = createAllowance({
    ...LOADED,
    atOnce: MAX_LOADING,
    refusal: () =>
      new ServerError("too-many-requests", "Layers that nobody has open are asked for too often.", {
        next: "Join the room, and listen to its `durable` messages or ask then.",
      }),
    nowMs,
  });

  return async (layer, userId) => {
    const open = rooms.find(layer);
    if (open) return open.durable();
    return allow(userId, (pay) =>
      rooms.use(layer, (room) => {
        const { snapshot, unfolded } = room.bytes;
        pay(Math.max(LEAST, snapshot + unfolded));
        return room.durable();
      }),
    );
  };
}
