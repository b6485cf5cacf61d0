import type { PointerInfo, Viewer } from "@coscope/viewer";
import type { Store } from "../state/store.ts";
import type { ImageLabel, PointerReadout } from "../state/workspace.ts";

/** Reads the pixel under the pointer once a frame at most. */
export function createPointerReadout(
  viewer: Viewer,
  set: (value: PointerReadout | null) => void,
  labels: Store<readonly ImageLabel[]>,
): { at(x: number, y: number): void; leave(): void; destroy(): void } {
  let frame: number | null = null;
  let last: PointerInfo["image"] | null = null;

  function read(): void {
    frame = null;
    if (last) set({ x: last.x, y: last.y, values: viewer.pixelAt(last), label: labelAt(last) });
  }

  function labelAt(point: PointerInfo["image"]): PointerReadout["label"] {
    const found = labels.get().some(({ visible }) => visible) ? viewer.labelAt(point) : null;
    const name = found && labels.get().find(({ id }) => id === found.id)?.name;
    return found && name ? { name, value: found.value } : null;
  }

  return {
    at(x, y) {
      last = { x, y } as PointerInfo["image"];
      frame ??= requestAnimationFrame(read);
    },
    leave() {
      last = null;
      set(null);
    },
    destroy() {
      if (frame !== null) cancelAnimationFrame(frame);
    },
  };
}
