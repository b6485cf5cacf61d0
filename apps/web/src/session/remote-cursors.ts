import type { PeerState } from "@coscope/annotations/presence";
import type { CursorMark, GhostMark, Viewer } from "@coscope/viewer";
import type { ClassRow } from "../state/rows.ts";
import { type Damped, dampTowards } from "./damp.ts";
import { createFrameLoop } from "./frame-loop.ts";

/** Bridges 25 positions a second without visible lag. */
const SMOOTH_S = 0.07;
/** Positions nearer than this, in CSS px, count as arrived. */
const ARRIVED_CSS = 0.2;

export interface RemoteCursorsOptions {
  viewer(): Viewer | null;
  peers(): Iterable<PeerState>;
  isIdle(peerId: number): boolean;
  /** Never faded: the person being followed. */
  followed(): number | null;
  classOf(id: string | null): ClassRow | undefined;
  isLayerHidden(layerId: string): boolean;
}

export interface RemoteCursors {
  refresh(): void;
  destroy(): void;
}

/** Draws colleagues' cursors and the ghosts of their gestures; 25 positions a second look like 60. */
export function createRemoteCursors(options: RemoteCursorsOptions): RemoteCursors {
  let drawn: readonly GhostMark[] = [];
  const positions = new Map<number, { x: Damped; y: Damped }>();
  const loop = createFrameLoop((dtS) => draw(dtS));

  /** True while anything moves. */
  function draw(dtS: number): boolean {
    const viewer = options.viewer();
    if (!viewer) return false;
    const { zoom } = viewer.camera();
    let moving = false;
    const cursors: CursorMark[] = [];
    for (const { peerId, user, cursor } of options.peers()) {
      if (!cursor) {
        positions.delete(peerId);
        continue;
      }
      const before = positions.get(peerId);
      const at = before
        ? {
            x: dampTowards(before.x, cursor.x, SMOOTH_S, dtS),
            y: dampTowards(before.y, cursor.y, SMOOTH_S, dtS),
          }
        : { x: { value: cursor.x, speed: 0 }, y: { value: cursor.y, speed: 0 } };
      positions.set(peerId, at);
      const offCss = Math.hypot(at.x.value - cursor.x, at.y.value - cursor.y) * zoom;
      if (offCss > ARRIVED_CSS) moving = true;
      cursors.push({
        id: String(peerId),
        x: at.x.value,
        y: at.y.value,
        name: user.name,
        color: parseColor(user.color),
        tool: cursor.tool,
        pressed: cursor.pressed,
        idle: options.isIdle(peerId) && options.followed() !== peerId,
      });
    }
    viewer.overlay.setCursors(cursors);
    return moving;
  }

  function drawGhosts(): void {
    const viewer = options.viewer();
    if (!viewer) return;
    const ghosts: GhostMark[] = [];
    let same = true;
    for (const { peerId, user, ghost } of options.peers()) {
      if (!ghost || options.isLayerHidden(ghost.layerId)) continue;
      const color = parseColor(options.classOf(ghost.classId)?.color ?? user.color);
      const shown = drawn[ghosts.length];
      same &&= shown?.geometry === ghost.geometry && shown.color === color;
      ghosts.push({ id: String(peerId), geometry: ghost.geometry, color, label: user.name, dashed: true });
    }
    // Called for every cursor that moves; ghosts change less often.
    if (same && ghosts.length === drawn.length) return;
    drawn = ghosts;
    viewer.overlay.setGhosts(ghosts);
  }

  return {
    refresh() {
      drawGhosts();
      loop.start();
    },
    destroy: loop.stop,
  };
}

/** `#rrggbb` as 0xRRGGBB. */
export function parseColor(color: string): number {
  return Number.parseInt(color.slice(1), 16);
}
