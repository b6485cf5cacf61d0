import type { Mask } from "@coscope/models";

/** A rectangle of whole image px. */
export interface Window {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The mask over another window: `cut` of the models, under a name that says what for. */
export function over(mask: Mask, { x, y, width, height }: Window): Mask {
  const data = new Uint8Array(width * height);
  for (let py = Math.max(y, mask.y); py < Math.min(y + height, mask.y + mask.height); py++)
    for (let px = Math.max(x, mask.x); px < Math.min(x + width, mask.x + mask.width); px++)
      data[(py - y) * width + px - x] = mask.data[(py - mask.y) * mask.width + px - mask.x]!;
  return { x, y, width, height, data };
}
