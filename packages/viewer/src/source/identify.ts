import { SourceError } from "../errors.ts";
import { pictureType } from "./pictures/header.ts";
import { parseHeader } from "./tiff/directory.ts";

/** Formats that are read. */
export type ImageFormat = "ome-zarr" | "tiff" | "dzi" | "iiif" | "picture";

/** A format that is known by name only. */
export interface NamedFormat {
  readonly name: string;
  /** What to do with such a file: one sentence. */
  readonly next: string;
}

const convert = (extension: string): string =>
  `Convert it to OME-Zarr: \`bioformats2raw in.${extension} out.zarr\`.`;

/** Microscopes' and slide scanners' own formats, by extension. */
const UNREAD: Readonly<Record<string, string>> = {
  czi: "Zeiss CZI",
  lsm: "Zeiss LSM",
  zvi: "Zeiss ZVI",
  nd2: "Nikon ND2",
  lif: "Leica LIF",
  lof: "Leica LOF",
  xlef: "Leica XLEF",
  scn: "Leica SCN",
  vsi: "Olympus VSI",
  oib: "Olympus OIB",
  oif: "Olympus OIF",
  oir: "Olympus OIR",
  ets: "Olympus ETS",
  mrxs: "3DHISTECH MRXS",
  ndpi: "Hamamatsu NDPI",
  ndpis: "Hamamatsu NDPIS",
  vms: "Hamamatsu VMS",
  bif: "Ventana BIF",
  isyntax: "Philips iSyntax",
  ims: "Imaris IMS",
  dv: "DeltaVision",
  r3d: "DeltaVision",
  dcm: "DICOM",
  dicom: "DICOM",
  jp2: "JPEG 2000",
  jpx: "JPEG 2000",
  h5: "HDF5",
  hdf5: "HDF5",
  nii: "NIfTI",
  nrrd: "NRRD",
  mrc: "MRC",
  ics: "ICS",
  sld: "SlideBook",
  stk: "MetaMorph STK",
  bmp: "BMP",
};

const SHAPES: readonly (readonly [RegExp, ImageFormat])[] = [
  [/\.zarr(\/|$)/i, "ome-zarr"],
  [/\/info\.json$/i, "iiif"],
  [/\.dzi(\.(xml|json))?$/i, "dzi"],
  [/\.(tiff?|btf|tf[28]|svs|qptiff)$/i, "tiff"],
  [/\.(png|jpe?g|webp|gif)$/i, "picture"],
];

/** What an address says of the format, before anything is asked; null when nothing. */
export function formatByAddress(url: string): ImageFormat | NamedFormat | null {
  const path = new URL(url).pathname;
  for (const [shape, format] of SHAPES) if (shape.test(path)) return format;
  const extension = /\.([a-z0-9]+)$/i.exec(path)?.[1]?.toLowerCase() ?? "";
  const name = Object.hasOwn(UNREAD, extension) ? UNREAD[extension] : undefined;
  return name ? { name, next: convert(extension) } : null;
}

/** Beginnings of files: bytes as text in Latin-1, and where they stand. */
const SIGNATURES: readonly (readonly [number, string, string, string])[] = [
  [0, "ZISRAWFILE", "Zeiss CZI", "czi"],
  [0, "\xda\xce\xbe\x0a", "Nikon ND2", "nd2"],
  [0, "\x70\x00\x00\x00", "Leica LIF", "lif"],
  [0, "\xd0\xcf\x11\xe0", "Olympus OIB or Zeiss ZVI", "oib"],
  [0, "\x89HDF\r\n\x1a\n", "HDF5 (Imaris IMS and others)", "ims"],
  [4, "jP  \r\n\x87\n", "JPEG 2000", "jp2"],
  [128, "DICM", "DICOM", "dcm"],
  [0, "NRRD", "NRRD", "nrrd"],
];

/** Whether a text may be a Deep Zoom description, in XML or JSON. */
function looksLikeDzi(text: string): boolean {
  const start = text.slice(0, 2048);
  return /schemas\.microsoft\.com\/deepzoom\//.test(start) || /"Image"\s*:\s*\{[\s\S]*"TileSize"/.test(start);
}

/** Whether JSON may be an info.json of version 2 or 3. */
function looksLikeIiif(text: string): boolean {
  return /iiif\.io\/api\/image\//.test(text.slice(0, 65_536));
}

/** What the first bytes of a file are; null when they are nothing that is known here. */
export function formatByContent(head: Uint8Array): ImageFormat | NamedFormat | "page" | null {
  if (parseHeader(head)) return "tiff";
  if (pictureType(head)) return "picture";
  const latin = new TextDecoder("latin1").decode(head.subarray(0, 256));
  for (const [at, signature, name, extension] of SIGNATURES) {
    if (latin.startsWith(signature, at)) return { name, next: convert(extension) };
  }
  if (latin.startsWith("PK\x03\x04")) {
    return {
      name: "a zip archive",
      next: "Unpack it, and put the OME-Zarr folder on a server or import it with `coscope import`.",
    };
  }
  if (latin.startsWith("%PDF")) return { name: "PDF", next: "Save the figure as PNG or TIFF." };
  if (latin.startsWith("BM")) return { name: "BMP", next: "Save the picture as PNG." };
  const text = new TextDecoder().decode(head.subarray(0, 65_536)).trimStart();
  if (/^(<!doctype html|<html)/i.test(text)) return "page";
  if (looksLikeDzi(text)) return "dzi";
  if (looksLikeIiif(text)) return "iiif";
  return null;
}

export function unreadFormat(url: string, { name, next }: NamedFormat): SourceError {
  return new SourceError("unsupported", {
    url,
    expected: "OME-Zarr, TIFF, OME-TIFF, SVS, Deep Zoom, IIIF, PNG or JPEG",
    got: name,
    next,
  });
}
