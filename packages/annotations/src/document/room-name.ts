import { isId, type LayerId } from "./ids.ts";

/** Which generation (`epoch` ≥ 1) of which layer's document. */
export interface RoomName {
  readonly epoch: number;
  readonly imageId: string;
  readonly layerId: LayerId;
}

const EPOCH = /^e([1-9][0-9]{0,8})$/;

/** `e<epoch>/<imageId>/<layerId>` */
export const roomName = (room: RoomName): string => `e${room.epoch}/${room.imageId}/${room.layerId}`;

/** The parts of a room name, or null where it is none. */
export function parseRoomName(name: string): RoomName | null {
  const [first = "", imageId, layerId, ...rest] = name.split("/");
  const epoch = EPOCH.exec(first)?.[1];
  if (epoch === undefined || !isId(imageId) || !isId(layerId) || rest.length > 0) return null;
  return { epoch: Number(epoch), imageId, layerId };
}
