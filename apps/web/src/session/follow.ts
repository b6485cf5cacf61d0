import type { PeerState, SharedView } from "@coscope/annotations/presence";
import type { ChannelSettings, Viewer } from "@coscope/viewer";
import { createStore, type Store } from "../state/store.ts";
import type { PlaneState } from "../state/workspace.ts";
import { type CameraChase, cameraToSeeAll, createCameraChase, type ViewSize } from "./follow-camera.ts";
import { createFrameLoop } from "./frame-loop.ts";

/** They went, hide where they look, or follow us now: two who follow each other would zoom out for ever. */
export type EndReason = "left" | "hidden" | "swapped";

export interface FollowOptions {
  viewer(): Viewer | null;
  /** Of the canvas, CSS px. */
  size(): ViewSize;
  peer(peerId: number): PeerState | undefined;
  /** One's own number. */
  selfId(): number;
  setPlane(plane: PlaneState): void;
  setChannels(channels: readonly ChannelSettings[]): void;
  /** In the middle of a stroke: nobody is moved. */
  isBusy(): boolean;
  /** Following ended by itself, because of them. */
  onEnded(name: string, why: EndReason): void;
}

/** Takes this window along with a colleague's: place, zoom, rotation, plane, channels and contrast. */
export interface Follow {
  readonly following: Store<number | null>;
  start(peerId: number): void;
  stop(): void;
  /** The peers or the size of the canvas changed, or a gesture ended. */
  refresh(): void;
  destroy(): void;
}

export function createFollow(options: FollowOptions): Follow {
  const following = createStore<number | null>(null);
  let chase: CameraChase | null = null;
  let name = "";
  let applied: SharedView | null = null;
  /** They followed us when we began: their page is about to let go. */
  let waitsForRelease = false;

  const loop = createFrameLoop((dtS) => {
    const viewer = options.viewer();
    if (!viewer || !chase) return false;
    // Between two frames the person may have begun to draw: wait, and catch up afterwards.
    if (options.isBusy()) return true;
    const { camera, settled } = chase.step(dtS);
    viewer.setCamera(camera);
    return !settled;
  });

  function refresh(): void {
    const peerId = following.get();
    if (peerId === null) return;
    const peer = options.peer(peerId);
    if (peer) name = peer.user.name;
    if (!peer) end("left");
    else if (!peer.broadcasting || !peer.view) end("hidden");
    else if (!leadsBack(peerId)) {
      waitsForRelease = false;
      aim(peer.view);
    } else if (!waitsForRelease) end("swapped");
  }

  /** Whether they follow us, themselves or through others. */
  function leadsBack(peerId: number): boolean {
    const met = new Set<number>();
    for (let id = peerId; id !== 0 && !met.has(id); id = options.peer(id)?.following ?? 0) {
      met.add(id);
      if (id === options.selfId()) return true;
    }
    return false;
  }

  function aim(view: SharedView): void {
    const viewer = options.viewer();
    if (!viewer || options.isBusy()) return;
    chase ??= createCameraChase(viewer.camera());
    chase.aim(cameraToSeeAll(view, options.size()));
    loop.start();
    const { z, t, projection = null } = view;
    if (applied?.z !== z || applied.t !== t || (applied.projection ?? null) !== projection) {
      options.setPlane({ z, t, projection });
    }
    if (applied?.channels !== view.channels && !sameChannels(applied?.channels, view.channels)) {
      options.setChannels(mergeChannels(viewer.channels(), view.channels));
    }
    applied = view;
  }

  function end(why: EndReason): void {
    const who = name;
    stop();
    options.onEnded(who, why);
  }

  function stop(): void {
    loop.stop();
    chase = null;
    applied = null;
    following.set(null);
  }

  return {
    following,
    start(peerId) {
      stop();
      // A pan of one's own that is still gliding would count as letting go again.
      const viewer = options.viewer();
      viewer?.setCamera(viewer.camera());
      waitsForRelease = leadsBack(peerId);
      following.set(peerId);
      refresh();
    },
    stop,
    refresh,
    destroy: loop.stop,
  };
}

function sameChannels(a: SharedView["channels"] | undefined, b: SharedView["channels"]): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Their settings over ours: an image with more channels than they sent keeps the rest as it is. */
function mergeChannels(ours: readonly ChannelSettings[], theirs: SharedView["channels"]): ChannelSettings[] {
  return ours.map((channel, index) => {
    const their = theirs[index];
    return their ? { ...channel, inverted: false, lut: null, ...their } : channel;
  });
}
