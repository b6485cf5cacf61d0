import type { ImageSource } from "../../source/image-source.ts";

/** A label image drawn over the picture: value 0 is transparent, every other value a colour. */
export interface LabelOverlay {
  readonly id: string;
  /** Integers; its levels and their sizes need not be those of the image that it covers. */
  readonly source: ImageSource;
  readonly visible: boolean;
  /** 0…1 */
  readonly opacity: number;
  /** 0xRRGGBBAA by value; by default what the file states. Values without one get a colour of their own. */
  readonly colors?: ReadonlyMap<number, number>;
  /** Only the outlines, which leave the picture to be seen. */
  readonly outline?: boolean;
}

/** 32 bits that differ in about half of them for neighbouring values (a murmur finalizer; the shader has it too). */
export function hashLabel(value: number): number {
  let h = value >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x7feb352d);
  h = Math.imul(h ^ (h >>> 15), 0x846ca68b);
  return (h ^ (h >>> 16)) >>> 0;
}

/**
 * Red, green, blue, alpha in 0…1 of a label: the reference for the shader. A
 * value keeps its colour in every image, tile and session.
 */
export function labelColor(
  value: number,
  colors?: ReadonlyMap<number, number> | null,
): [number, number, number, number] {
  if (value === 0) return [0, 0, 0, 0];
  const given = colors?.get(value);
  if (given !== undefined) {
    return [
      (given >>> 24) / 255,
      ((given >>> 16) & 255) / 255,
      ((given >>> 8) & 255) / 255,
      (given & 255) / 255,
    ];
  }
  const hash = hashLabel(value);
  const hue = (hash & 0xffff) / 0x10000;
  const saturation = 0.55 + (0.35 * ((hash >>> 16) & 255)) / 255;
  const brightness = 0.8 + (0.2 * (hash >>> 24)) / 255;
  const part = (offset: number) => {
    const k = (hue * 6 + offset) % 6;
    return brightness * (1 - saturation * Math.max(0, Math.min(k, 4 - k, 1)));
  };
  return [part(5), part(3), part(1), 1];
}
