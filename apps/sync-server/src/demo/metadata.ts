import { CHANNELS, CHUNK, LEVEL_COUNT, PIXEL_UM, SLIDE_SIZE } from "./slide-shape.ts";

type Json = Record<string, unknown>;

const AXES = [
  { name: "c", type: "channel" },
  { name: "y", type: "space", unit: "micrometer" },
  { name: "x", type: "space", unit: "micrometer" },
];

function group(ome: Json): Json {
  return { zarr_format: 3, node_type: "group", attributes: { ome: { version: "0.5", ...ome } } };
}

function array(channels: number, level: number, dataType: string): Json {
  const side = SLIDE_SIZE >> level;
  return {
    zarr_format: 3,
    node_type: "array",
    shape: [channels, side, side],
    data_type: dataType,
    chunk_grid: { name: "regular", configuration: { chunk_shape: [1, CHUNK, CHUNK] } },
    chunk_key_encoding: { name: "default", configuration: { separator: "/" } },
    fill_value: 0,
    codecs: [{ name: "bytes", configuration: { endian: "little" } }],
    attributes: {},
    dimension_names: ["c", "y", "x"],
  };
}

function multiscale(name: string, type: string): Json {
  return {
    name,
    axes: AXES,
    type,
    datasets: Array.from({ length: LEVEL_COUNT }, (_, level) => ({
      path: String(level),
      coordinateTransformations: [
        { type: "scale", scale: [1, PIXEL_UM * 2 ** level, PIXEL_UM * 2 ** level] },
        // A coarse pixel's centre is the centre of the fine pixels that it averages.
        {
          type: "translation",
          translation: [0, (PIXEL_UM * (2 ** level - 1)) / 2, (PIXEL_UM * (2 ** level - 1)) / 2],
        },
      ],
    })),
  };
}

/** Every `zarr.json` of the slide (OME-Zarr 0.5), keyed by its path below `slide.zarr/`. */
export function slideDocuments(): Map<string, Json> {
  const documents = new Map<string, Json>();
  documents.set(
    "zarr.json",
    group({
      multiscales: [multiscale("Demo slide", "mean")],
      omero: {
        version: "0.5",
        name: "Demo slide",
        channels: CHANNELS.map((channel) => ({
          label: channel.name,
          color: channel.color,
          window: channel.window,
          active: true,
          coefficient: 1,
          family: "linear",
          inverted: false,
        })),
        rdefs: { model: "color", defaultZ: 0, defaultT: 0 },
      },
    }),
  );
  documents.set("labels/zarr.json", group({ labels: ["nuclei"] }));
  documents.set(
    "labels/nuclei/zarr.json",
    group({
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
