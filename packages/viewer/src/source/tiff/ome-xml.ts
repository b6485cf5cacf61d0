import { type Calibration, calibrationFrom } from "../calibration.ts";
import { childrenOf, numberAt, parseXml, type XmlElement } from "../xml.ts";

/** Planes of a directory: the `count` that follow plane (`z`, `c`, `t`) in the dimension order. */
export interface OmePlanes {
  /** Index in the file's chain of directories; null where the file does not say. */
  readonly directory: number | null;
  readonly z: number;
  readonly c: number;
  readonly t: number;
  /** Null: as many as there are directories. */
  readonly count: number | null;
  /** Where the pixels are, if it is another file. */
  readonly fileName: string | null;
}

export interface OmeChannel {
  readonly name: string;
  readonly color: number | null;
  /** Samples per pixel: 3 for colour. */
  readonly samples: number;
}

/** What is needed of one Image of OME-XML. */
export interface OmeImage {
  readonly name: string;
  /** Fastest first, after XY: "ZCT", "CZT", … */
  readonly order: string;
  readonly sizeZ: number;
  readonly sizeT: number;
  /** Planes' channels: samples of one pixel count once. */
  readonly channels: readonly OmeChannel[];
  readonly calibration: Calibration | null;
  readonly planes: readonly OmePlanes[];
  /** Names of all images in the file. */
  readonly images: readonly string[];
  /** The metadata is in another file. */
  readonly elsewhere: boolean;
}

const ORDERS = new Set(["ZCT", "ZTC", "CZT", "CTZ", "TCZ", "TZC"]);
const MAX_SIZE = 2 ** 20;

/** OME's symbols, by the names that the unit table knows. */
const UNITS: Readonly<Record<string, string>> = {
  "\u00c5": "angstrom",
  "\u212b": "angstrom",
  pm: "picometer",
  cm: "centimeter",
  m: "meter",
  in: "inch",
  ns: "nanosecond",
  "\u00b5s": "microsecond",
  min: "minute",
  h: "hour",
  d: "day",
};

/** Negative numbers are RGBA in a signed 32-bit integer: red in the highest byte, alpha last. */
function colorOf(channel: XmlElement): number | null {
  const value = numberAt(channel, "Color");
  return value === undefined || !Number.isInteger(value) ? null : (value >>> 8) & 0xffffff;
}

function size(pixels: XmlElement, name: string): number | null {
  const value = numberAt(pixels, name) ?? 1;
  return Number.isInteger(value) && value >= 1 && value <= MAX_SIZE ? value : null;
}

function calibrationOf(pixels: XmlElement): Calibration | null {
  const axis = (name: string, otherwise: string) => {
    const scale = numberAt(pixels, name);
    const unit = pixels.attributes[`${name}Unit`] ?? otherwise;
    return scale === undefined ? undefined : { scale, unit: UNITS[unit] ?? unit };
  };
  return calibrationFrom({
    x: axis("PhysicalSizeX", "µm"),
    y: axis("PhysicalSizeY", "µm"),
    z: axis("PhysicalSizeZ", "µm"),
    t: axis("TimeIncrement", "s"),
  });
}

/**
 * Reads the OME-XML of a TIFF's first directory. Null when the text is not
 * OME-XML, or lacks what is needed to place planes.
 * @param index of the image in the file
 * @throws XmlError
 */
export function parseOmeXml(text: string, index = 0): OmeImage | null {
  const start = text.slice(0, 4096);
  if (!/<(\w+:)?OME[\s>]/.test(start)) return null;
  const ome = parseXml(text);
  if (ome.name !== "OME") return null;
  const images = childrenOf(ome, "Image");
  const image = images[index];
  const pixels = childrenOf(image, "Pixels")[0];
  if (!pixels) {
    const elsewhere = childrenOf(ome, "BinaryOnly").length > 0;
    return elsewhere
      ? {
          name: "",
          order: "ZCT",
          sizeZ: 1,
          sizeT: 1,
          channels: [],
          calibration: null,
          planes: [],
          images: [],
          elsewhere,
        }
      : null;
  }
  const order = (pixels.attributes["DimensionOrder"] ?? "XYZCT").slice(2);
  const [sizeZ, sizeC, sizeT] = [size(pixels, "SizeZ"), size(pixels, "SizeC"), size(pixels, "SizeT")];
  if (!ORDERS.has(order) || sizeZ === null || sizeC === null || sizeT === null) return null;
  const declared = childrenOf(pixels, "Channel").map((channel): OmeChannel => {
    const samples = numberAt(channel, "SamplesPerPixel") ?? 1;
    return {
      name: channel.attributes["Name"]?.trim() ?? "",
      color: colorOf(channel),
      samples: Number.isInteger(samples) && samples >= 1 && samples <= 64 ? samples : 1,
    };
  });
  const blank: OmeChannel = { name: "", color: null, samples: 1 };
  // SizeC counts samples; the Channel elements may be missing.
  const inDeclared = declared.reduce((sum, channel) => sum + channel.samples, 0);
  const missing = Math.max(0, Math.min(sizeC - inDeclared, MAX_SIZE));
  const channels = [...declared, ...Array.from({ length: missing }, () => blank)];
  return {
    name: image?.attributes["Name"] ?? "",
    order,
    sizeZ,
    sizeT,
    channels,
    calibration: calibrationOf(pixels),
    planes: childrenOf(pixels, "TiffData").map(planesOf),
    images: images.map(({ attributes }) => attributes["Name"]?.trim() ?? ""),
    elsewhere: false,
  };
}

function planesOf(data: XmlElement): OmePlanes {
  const at = (name: string) => {
    const value = numberAt(data, name);
    return value !== undefined && Number.isInteger(value) && value >= 0 ? value : null;
  };
  const uuid = childrenOf(data, "UUID")[0];
  const directory = at("IFD");
  return {
    directory,
    z: at("FirstZ") ?? 0,
    c: at("FirstC") ?? 0,
    t: at("FirstT") ?? 0,
    count: at("PlaneCount") ?? (directory === null ? null : 1),
    fileName: uuid?.attributes["FileName"] ?? null,
  };
}

/**
 * Directory of each plane, by `(t * sizeZ + z) * channels + c`; null where the
 * file has none.
 * @param directories in the chain
 * @param isThisFile whether a name in the metadata is that of the file being read
 */
export function placePlanes(
  image: OmeImage,
  directories: number,
  isThisFile: (name: string) => boolean,
): { placed: (number | null)[]; elsewhere: number } {
  const sizes: Record<string, number> = { Z: image.sizeZ, C: image.channels.length, T: image.sizeT };
  const total = image.sizeZ * image.channels.length * image.sizeT;
  const placed: (number | null)[] = Array.from({ length: total }, () => null);
  const steps = new Map<string, number>();
  let step = 1;
  for (const axis of image.order) {
    steps.set(axis, step);
    step *= sizes[axis]!;
  }
  let elsewhere = 0;
  const none: OmePlanes = { directory: null, z: 0, c: 0, t: 0, count: null, fileName: null };
  for (const { directory, z, c, t, count, fileName } of image.planes.length > 0 ? image.planes : [none]) {
    if (z >= image.sizeZ || c >= image.channels.length || t >= image.sizeT) continue;
    const first = z * steps.get("Z")! + c * steps.get("C")! + t * steps.get("T")!;
    const end = Math.min(total, first + Math.min(count ?? directories, directories));
    for (let linear = first; linear < end; linear++) {
      const along = (axis: string) => Math.floor(linear / steps.get(axis)!) % sizes[axis]!;
      const index = (along("T") * image.sizeZ + along("Z")) * image.channels.length + along("C");
      if (fileName !== null && !isThisFile(fileName)) {
        elsewhere++;
        continue;
      }
      const at = (directory ?? 0) + (linear - first);
      if (at < directories) placed[index] = at;
    }
  }
  return { placed, elsewhere };
}
