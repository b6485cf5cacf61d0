import { arrayDocument, groupDocument, type Json, omeroOf } from "../ome-documents.ts";
import { CHUNK } from "../slide-shape.ts";
import { STACK } from "./stack-shape.ts";

const AXES = [
  { name: "t", type: "time", unit: "second" },
  { name: "c", type: "channel" },
  { name: "z", type: "space", unit: "micrometer" },
  { name: "y", type: "space", unit: "micrometer" },
  { name: "x", type: "space", unit: "micrometer" },
];

/** Every `zarr.json` of the stack (OME-Zarr 0.5), keyed by its path below `stack.zarr/`. */
export function stackDocuments(): Map<string, Json> {
  const { pixelUm, planeUm, intervalSeconds, times, planes, channels, size } = STACK;
  const documents = new Map<string, Json>();
  const levels = Array.from({ length: STACK.levels }, (_, level) => level);
  const datasets = levels.map((level) => {
    const pixel = pixelUm * 2 ** level;
    const shift = (pixelUm * (2 ** level - 1)) / 2;
    return {
      path: String(level),
      coordinateTransformations: [
        { type: "scale", scale: [intervalSeconds, 1, planeUm, pixel, pixel] },
        { type: "translation", translation: [0, 0, 0, shift, shift] },
      ],
    };
  });
  documents.set(
    "zarr.json",
    groupDocument({
      multiscales: [{ name: "Demo stack", axes: AXES, type: "mean", datasets }],
      omero: omeroOf("Demo stack", channels, { defaultZ: planes >> 1, defaultT: 0 }),
    }),
  );
  for (const level of levels) {
    const shape = [times, channels.length, planes, size >> level, size >> level];
    documents.set(
      `${level}/zarr.json`,
      arrayDocument(shape, [1, 1, 1, CHUNK, CHUNK], "uint16", ["t", "c", "z", "y", "x"]),
    );
  }
  return documents;
}
