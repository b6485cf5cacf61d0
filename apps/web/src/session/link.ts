import { SHARED_LUTS } from "@coscope/annotations/presence";
import type { CameraState, ChannelSettings, LutName } from "@coscope/viewer";
import type { PlaneState } from "../state/workspace.ts";

/**
 * The view that a link restores, as a fragment:
 * `#image=<id>&at=<cx>,<cy>,<zoom>[,<rotation>][&flip=1]&plane=<z>,<t>[,max]&channels=<channel>_…`
 * and `&annotation=<layer>.<id>`, `&view=<id>`: a named view, whose newest state wins over the rest.
 *
 * `at`: centre in px of the full-resolution level, zoom in CSS px per image px, rotation in degrees clockwise.
 * One channel is `<0|1>,<min>,<max>,<gamma>,<rrggbb>[,i][,<colour map>]`, i for inverted; a window is in the image's
 * own values. What a page does not know in there, it leaves out.
 */
export interface LinkedView {
  readonly imageId: string;
  readonly camera?: CameraState;
  readonly plane?: PlaneState;
  readonly channels?: readonly ChannelSettings[];
  readonly annotation?: { readonly layerId: string; readonly id: string };
  /** Id of a named view. */
  readonly viewId?: string;
}

export function encodeLink(view: LinkedView): string {
  const parts = [`image=${encodeURIComponent(view.imageId)}`];
  if (view.camera) {
    const { cx, cy, zoom, rotation, flip } = view.camera;
    // The centre to a hundredth of a screen pixel, but never less than a hundredth of an image pixel.
    const digits = Math.min(6, Math.max(2, Math.ceil(Math.log10(zoom)) + 2));
    const at = [round(cx, digits), round(cy, digits), Number(zoom.toPrecision(8))];
    if (rotation !== 0) at.push(round(rotation, 3));
    parts.push(`at=${at.join(",")}`);
    if (flip) parts.push("flip=1");
  }
  if (view.plane) {
    const { z, t, projection } = view.plane;
    parts.push(`plane=${z},${t}${projection ? `,${projection}` : ""}`);
  }
  if (view.channels?.length) parts.push(`channels=${view.channels.map(encodeChannel).join("_")}`);
  if (view.annotation) {
    parts.push(`annotation=${encodeURIComponent(view.annotation.layerId)}.${view.annotation.id}`);
  }
  if (view.viewId) parts.push(`view=${encodeURIComponent(view.viewId)}`);
  return `#${parts.join("&")}`;
}

/** null when the fragment names no image. Parts that make no sense are left out: a damaged link still opens. */
export function decodeLink(hash: string): LinkedView | null {
  const params = new URLSearchParams(hash.replace(/^#/, ""));
  const imageId = params.get("image");
  if (!imageId) return null;
  const camera = decodeCamera(params.get("at"), params.get("flip") === "1");
  const plane = decodePlane(params.get("plane"));
  const channels = decodeChannels(params.get("channels"));
  const annotation = decodeAnnotation(params.get("annotation"));
  const viewId = params.get("view");
  return {
    imageId,
    ...(camera && { camera }),
    ...(plane && { plane }),
    ...(channels && { channels }),
    ...(annotation && { annotation }),
    ...(viewId && { viewId }),
  };
}

function encodeChannel(channel: ChannelSettings): string {
  const color = channel.color.toString(16).padStart(6, "0");
  const fields = [channel.visible ? 1 : 0, channel.min, channel.max, round(channel.gamma, 3), color];
  if (channel.inverted) fields.push("i");
  if (channel.lut) fields.push(channel.lut);
  return fields.join(",");
}

function decodeCamera(text: string | null, flip: boolean): CameraState | null {
  const numbers = finiteNumbers(text);
  if (!numbers || numbers.length < 3 || numbers.length > 4) return null;
  const [cx, cy, zoom, rotation = 0] = numbers as [number, number, number, number?];
  return zoom > 0 ? { cx, cy, zoom, rotation, ...(flip && { flip }) } : null;
}

function decodePlane(text: string | null): PlaneState | null {
  const [z, t, projection] = text?.split(",") ?? [];
  const numbers = finiteNumbers(`${z},${t}`);
  if (!numbers?.every((n) => Number.isInteger(n) && n >= 0)) return null;
  return { z: numbers[0]!, t: numbers[1]!, ...(projection === "max" && { projection }) };
}

function decodeChannels(text: string | null): ChannelSettings[] | null {
  if (!text) return null;
  const channels = text.split("_").map(decodeChannel);
  return channels.every((channel) => channel !== null) ? channels : null;
}

function decodeChannel(text: string): ChannelSettings | null {
  const fields = text.split(",");
  const numbers = finiteNumbers(fields.slice(0, 4).join(","));
  const color = /^[0-9a-f]{6}$/i.exec(fields[4] ?? "")?.[0];
  if (numbers?.length !== 4 || color === undefined) return null;
  const [visible, min, max, gamma] = numbers as [number, number, number, number];
  if (gamma <= 0 || min > max) return null;
  const channel = { visible: visible === 1, min, max, gamma, color: Number.parseInt(color, 16) };
  const rest = fields.slice(5);
  const lut = rest.find(isLut);
  return { ...channel, ...(rest.includes("i") && { inverted: true }), ...(lut && { lut }) };
}

function isLut(text: string): text is LutName {
  return (SHARED_LUTS as readonly string[]).includes(text);
}

function decodeAnnotation(text: string | null): { layerId: string; id: string } | null {
  const dot = text?.lastIndexOf(".") ?? -1;
  if (!text || dot <= 0 || dot === text.length - 1) return null;
  return { layerId: text.slice(0, dot), id: text.slice(dot + 1) };
}

function finiteNumbers(text: string | null): number[] | null {
  if (!text) return null;
  const numbers = text.split(",").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  return numbers.every(Number.isFinite) ? numbers : null;
}

function round(value: number, digits: number): number {
  const factor = 10 ** digits;
  return Math.round(value * factor) / factor;
}
