import type { PeerState, SharedView } from "@coscope/annotations/presence";
import type { ChannelSettings, Viewer } from "@coscope/viewer";
import { createStore, type Store } from "../state/store.ts";
import type { PlaneState } from "../state/workspace.ts";
import { type CameraChase, cameraToSeeAll, createCameraChase, type ViewSize } from "./follow-camera.ts";
import { createFrameLoop } from "./frame-loop.ts";

export interface FollowOptions {
  viewer(): Viewer | null;
  /** Of the canvas, CSS px. */
  size(): ViewSize;
  peer(peerId: number): PeerState | undefined;
  setPlane(plane: PlaneState): void;
  setChannels(channels: readonly ChannelSettings[]): void;
  /** In the middle of a stroke: nobody is moved. */
  isBusy(): boolean;
  /** Following ended by itself, because of them. */
  onEnded(name: string, why: "left" | "hidden"): void;
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
    else aim(peer.view);
  }

  function aim(view: SharedView): void {
    const viewer = options.viewer();
    if (!viewer || options.isBusy()) return;
    chase ??= createCameraChase(viewer.camera());
    chase.aim(cameraToSeeAll(view, options.size()));
    loop.start();
    if (!applied || applied.z !== view.z || applied.t !== view.t) options.setPlane({ z: view.z, t: view.t });
    if (!applied || JSON.stringify(applied.channels) !== JSON.stringify(view.channels)) {
      options.setChannels(mergeChannels(viewer.channels(), view.channels));
    }
    applied = view;
  }

  function end(why: "left" | "hidden"): void {
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
      following.set(peerId);
      refresh();
    },
    stop,
    refresh,
    destroy: loop.stop,
  };
}

/** Their settings over ours: an image with more channels than they sent keeps the rest as it is. */
function mergeChannels(ours: readonly ChannelSettings[], theirs: SharedView["channels"]): ChannelSettings[] {
  return ours.map((channel, index) => ({ ...channel, ...theirs[index] }));
}
