import type { PointerInfo, Viewer } from "@coscope/viewer";
import type { PointerReadout } from "../state/workspace.ts";

/** Reads the pixel under the pointer once a frame at most. */
export function createPointerReadout(
  viewer: Viewer,
  set: (value: PointerReadout | null) => void,
): { at(x: number, y: number): void; leave(): void; destroy(): void } {
  let frame: number | null = null;
  let last: PointerInfo["image"] | null = null;

  function read(): void {
    frame = null;
    if (last) set({ x: last.x, y: last.y, values: viewer.pixelAt(last) });
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
