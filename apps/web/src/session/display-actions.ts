import type { ChannelSettings } from "@coscope/viewer";
import { remember } from "../state/scope.ts";
import type { AutoPercent, WorkspaceActions } from "../state/workspace.ts";
import { isSolo, withVisible } from "./channel-edits.ts";
import type { Engine } from "./engine.ts";
import type { Player } from "./playback.ts";

/** How the picture is shown, for this person and whoever follows them. */
export function createDisplayActions(engine: Engine, player: Player) {
  const { stores, follow } = engine;
  /** What was shown before one channel was taken alone. */
  let beforeSolo: readonly boolean[] | null = null;

  function setChannel(index: number, part: Partial<ChannelSettings>): void {
    stores.channels.set((list) => list.map((old, i) => (i === index ? { ...old, ...part } : old)));
  }

  function setPlane(plane: Parameters<WorkspaceActions["setPlane"]>[0]): void {
    follow.stop();
    stores.plane.set(plane);
  }

  return {
    setChannels: (settings) => stores.channels.set(settings),
    setChannelVisible: (index, visible) => setChannel(index, { visible }),
    soloChannel(index) {
      const channels = stores.channels.get();
      if (!channels[index]) return;
      if (isSolo(channels, index)) {
        const before = beforeSolo;
        beforeSolo = null;
        stores.channels.set(withVisible(channels, (i) => before?.[i] ?? true));
        return;
      }
      // From one alone to another: what comes back is what there was before the first.
      const alone = channels.filter(({ visible }) => visible).length === 1;
      if (!alone || !beforeSolo) beforeSolo = channels.map(({ visible }) => visible);
      stores.channels.set(withVisible(channels, (i) => i === index));
    },
    showChannels: (visible) => stores.channels.set((list) => withVisible(list, () => visible)),
    async autoContrast(channel) {
      const window = await engine.viewer?.autoContrast(channel, stores.autoPercent.get());
      if (window) setChannel(channel, window);
    },
    setAutoPercent(percent: AutoPercent) {
      stores.autoPercent.set(percent);
      remember("autoPercent", percent);
    },
    async histogram(channel) {
      return (await engine.viewer?.histogram(channel)) ?? { counts: new Uint32Array(256), min: 0, max: 0 };
    },
    setPlane,
    setProjection(on) {
      if (player.store.get().axis === "z") player.play(null);
      setPlane({ ...stores.plane.get(), projection: on ? "max" : null });
    },
    play(axis) {
      if (axis !== null) follow.stop();
      player.play(axis);
    },
    setPlayback: player.set,
    rotateBy: (degrees) => engine.viewer?.rotateBy(degrees),
    setRotation(degrees) {
      const viewer = engine.viewer;
      if (!viewer || !Number.isFinite(degrees)) return;
      follow.stop();
      const camera = viewer.camera();
      // Mirroring comes after the rotation: on screen it turns the other way.
      const rotation = (((camera.flip ? -degrees : degrees) % 360) + 360) % 360;
      viewer.setCamera({ ...camera, rotation });
    },
    setFlip: (flip) => engine.viewer?.setFlip(flip),
    upright() {
      const viewer = engine.viewer;
      if (!viewer) return;
      follow.stop();
      viewer.setCamera({ ...viewer.camera(), rotation: 0, flip: false });
    },
  } satisfies Partial<WorkspaceActions>;
}
