import type { Api } from "../api/index.ts";
import { hrefOfImage } from "../state/route.ts";
import type { ImageRow } from "../state/rows.ts";
import type { EngineStores } from "./engine.ts";
import type { Follow } from "./follow.ts";
import type { Notices } from "./notices.ts";
import type { PresenceHub } from "./presence-hub.ts";

/** Who was followed may need as long to open the image. */
const WAIT_MS = 30_000;
export const WENT_NOTICE = "went";

/** Set by "Go along" on one image, taken up on the next. */
let wanted: { readonly imageId: string; readonly userId: string; readonly until: number } | null = null;

export interface GoAlongOptions {
  readonly api: Api;
  readonly hub: PresenceHub;
  readonly stores: EngineStores;
  readonly follow: Follow;
  readonly notices: Notices;
}

/** Whom we follow may go on to another image: that is said, and nobody is taken there without asking. */
export function createGoAlong(image: ImageRow, { api, hub, stores, follow, notices }: GoAlongOptions) {
  let gone = false;
  const stops = [
    hub.onWent((peer, imageId) => {
      if (follow.following.get() !== peer.peerId) return;
      follow.stop();
      const { id: userId, name } = peer.user;
      const say = (text: string) =>
        notices.say({
          id: WENT_NOTICE,
          tone: "info",
          sticky: true,
          text,
          next: {
            label: "Go along",
            run() {
              wanted = { imageId, userId, until: Date.now() + WAIT_MS };
              location.hash = hrefOfImage(imageId);
            },
          },
          secondary: { label: "Stay", run() {} },
        });
      api.image(imageId).then(
        (row) => !gone && say(`${name} went on to “${row.name}”.`),
        // Not ours to see, or gone meanwhile.
        () =>
          !gone && notices.say({ id: WENT_NOTICE, tone: "info", text: `${name} went on to another image.` }),
      );
    }),
  ];

  const along = wanted;
  wanted = null;
  if (along?.imageId === image.id) {
    const look = () => {
      if (along.until < Date.now() || follow.following.get() !== null) return cease();
      if (stores.openState.get().kind !== "ready") return;
      const peers = [...hub.peers.get().values()];
      const leader = peers.find(
        ({ user, broadcasting, view }) => user.id === along.userId && broadcasting && view,
      );
      if (!leader) return;
      cease();
      follow.start(leader.peerId);
    };
    const waiting = [hub.peers.subscribe(look), stores.openState.subscribe(look)];
    const cease = () => {
      for (const stop of waiting.splice(0)) stop();
    };
    stops.push(cease);
  }

  return {
    destroy(): void {
      gone = true;
      for (const stop of stops) stop();
    },
  };
}
