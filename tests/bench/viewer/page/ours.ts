import { createViewer, openInWorkers } from "@coscope/viewer";
import type { Contestant, Place } from "./contestant.ts";

/** Our viewer with our workers. */
export function createOurs(element: HTMLElement): Contestant {
  const viewer = createViewer(element);
  let frames = 0;
  viewer.on("frame", () => {
    frames++;
  });
  const camera = ({ cx, cy, zoom }: Place) => ({ cx, cy, zoom, rotation: 0 });

  return {
    async open(contrast, place) {
      const source = await openInWorkers(`${location.origin}/slide.zarr`);
      await viewer.open(source, { channels: contrast, camera: camera(place) });
      // What is read ahead afterwards belongs to opening, not to what is measured next.
      await viewer.whenIdle();
    },
    place: (place) => viewer.setCamera(camera(place)),
    setContrast(contrast) {
      return new Promise((resolve) => {
        const off = viewer.on("frame", () => {
          off();
          resolve();
        });
        viewer.setChannels(contrast);
      });
    },
    settled: () => viewer.whenIdle(),
    async middle() {
      const bitmap = await createImageBitmap(await viewer.screenshot());
      const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d")!;
      context.drawImage(bitmap, 0, 0);
      return [...context.getImageData(bitmap.width >> 1, bitmap.height >> 1, 1, 1).data.subarray(0, 3)];
    },
    counts() {
      const { requests, decodes } = viewer.stats();
      return { requests, decodes, frames };
    },
  };
}
