import type { DemoChannel } from "./slide-shape.ts";

export type Json = Record<string, unknown>;

/** A Zarr 3 group with OME-Zarr 0.5 metadata. */
export function groupDocument(ome: Json): Json {
  return { zarr_format: 3, node_type: "group", attributes: { ome: { version: "0.5", ...ome } } };
}

/** A Zarr 3 array of uncompressed little-endian chunks: they are made faster than a codec packs them. */
export function arrayDocument(
  shape: readonly number[],
  chunkShape: readonly number[],
  dataType: "uint16" | "uint32",
  dimensionNames: readonly string[],
): Json {
  return {
    zarr_format: 3,
    node_type: "array",
    shape,
    data_type: dataType,
    chunk_grid: { name: "regular", configuration: { chunk_shape: chunkShape } },
    chunk_key_encoding: { name: "default", configuration: { separator: "/" } },
    fill_value: 0,
    codecs: [{ name: "bytes", configuration: { endian: "little" } }],
    attributes: {},
    dimension_names: dimensionNames,
  };
}

export function omeroOf(
  name: string,
  channels: readonly DemoChannel[],
  plane: { readonly defaultZ: number; readonly defaultT: number },
): Json {
  return {
    version: "0.5",
    name,
    channels: channels.map((channel) => ({
      label: channel.name,
      color: channel.color,
      window: channel.window,
      active: true,
      coefficient: 1,
      family: "linear",
      inverted: false,
    })),
    rdefs: { model: "color", ...plane },
  };
}
