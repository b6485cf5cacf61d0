import { arrayDocument, groupDocument, type Json, omeroOf } from "./ome-documents.ts";
import { CHANNELS, CHUNK, LEVEL_COUNT, PIXEL_UM, SLIDE_SIZE } from "./slide-shape.ts";

const AXES = [
  { name: "c", type: "channel" },
  { name: "y", type: "space", unit: "micrometer" },
  { name: "x", type: "space", unit: "micrometer" },
];

function array(channels: number, level: number, dataType: "uint16" | "uint32"): Json {
  const side = SLIDE_SIZE >> level;
  return arrayDocument([channels, side, side], [1, CHUNK, CHUNK], dataType, ["c", "y", "x"]);
}

function multiscale(name: string, type: string): Json {
  return {
    name,
    axes: AXES,
    type,
    datasets: Array.from({ length: LEVEL_COUNT }, (_, level) => {
      // A coarse pixel's centre is the centre of the fine pixels that it averages.
      const shift = (PIXEL_UM * (2 ** level - 1)) / 2;
      return {
        path: String(level),
        coordinateTransformations: [
          { type: "scale", scale: [1, PIXEL_UM * 2 ** level, PIXEL_UM * 2 ** level] },
          { type: "translation", translation: [0, shift, shift] },
        ],
      };
    }),
  };
}

/** Every `zarr.json` of the slide (OME-Zarr 0.5), keyed by its path below `slide.zarr/`. */
export function slideDocuments(): Map<string, Json> {
  const documents = new Map<string, Json>();
  documents.set(
    "zarr.json",
    groupDocument({
      multiscales: [multiscale("Demo slide", "mean")],
      omero: omeroOf("Demo slide", CHANNELS, { defaultZ: 0, defaultT: 0 }),
    }),
  );
  documents.set("labels/zarr.json", groupDocument({ labels: ["nuclei"] }));
  documents.set(
    "labels/nuclei/zarr.json",
    groupDocument({
      multiscales: [multiscale("nuclei", "nearest")],
      "image-label": { version: "0.5", source: { image: "../../" } },
    }),
  );
  for (let level = 0; level < LEVEL_COUNT; level++) {
    documents.set(`${level}/zarr.json`, array(CHANNELS.length, level, "uint16"));
    documents.set(`labels/nuclei/${level}/zarr.json`, array(1, level, "uint32"));
  }
  return documents;
}
