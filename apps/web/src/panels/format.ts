import type { Calibration } from "@coscope/viewer/source";

/** Numbers as the panels say them. Lengths come in px of the full-resolution level. */

const thousands = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

export function formatCount(count: number): string {
  return thousands.format(count);
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/** Three significant digits, but never rounding away whole units: 0.123, 12.3, 1,234 */
export function formatNumber(value: number): string {
  const digits = Math.max(0, Math.min(3, 2 - Math.floor(Math.log10(Math.abs(value) || 1))));
  return numbers[digits]!.format(value);
}

/** By digits after the point; making one takes longer than all else in a table's cell. */
const numbers = [0, 1, 2, 3].map((digits) => new Intl.NumberFormat("en", { maximumFractionDigits: digits }));

/** A time since the first frame: 0.5 s, 45 s, 12 min, 1 h 24 min */
export function formatSeconds(seconds: number): string {
  if (seconds < 120) return `${formatNumber(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** A length along an axis, in nm, µm or mm; px without calibration. */
export function formatLength(px: number, calibration: Calibration | null, axis: "x" | "y" = "x"): string {
  if (!calibration) return `${formatNumber(px)} px`;
  return formatMicrometres(px * calibration[axis]);
}

/** The length between two places, each axis by its own calibration. */
export function formatMeasured(
  from: { readonly x: number; readonly y: number },
  to: { readonly x: number; readonly y: number },
  calibration: Calibration | null,
): string {
  const dx = (to.x - from.x) * (calibration?.x ?? 1);
  const dy = (to.y - from.y) * (calibration?.y ?? 1);
  const length = Math.hypot(dx, dy);
  return calibration ? formatMicrometres(length) : `${formatNumber(length)} px`;
}

/** The length of a line of several pieces. */
export function formatPath(
  points: readonly { readonly x: number; readonly y: number }[],
  calibration: Calibration | null,
): string {
  const { x = 1, y = 1 } = calibration ?? {};
  let length = 0;
  for (let i = 1; i < points.length; i++) {
    length += Math.hypot((points[i]!.x - points[i - 1]!.x) * x, (points[i]!.y - points[i - 1]!.y) * y);
  }
  return calibration ? formatMicrometres(length) : `${formatNumber(length)} px`;
}

function formatMicrometres(um: number): string {
  const size = Math.abs(um);
  if (size >= 1000) return `${formatNumber(um / 1000)} mm`;
  if (size !== 0 && size < 0.1) return `${formatNumber(um * 1000)} nm`;
  return `${formatNumber(um)} µm`;
}

/** `px2` in square px of the full-resolution level. */
export function formatArea(px2: number, calibration: Calibration | null): string {
  if (!calibration) return `${formatNumber(px2)} px²`;
  const um2 = px2 * calibration.x * calibration.y;
  return um2 >= 1e5 ? `${formatNumber(um2 / 1e6)} mm²` : `${formatNumber(um2)} µm²`;
}

/** A position always in the same unit and with the same digits, so that a moving readout keeps its width. */
export function formatPosition(
  x: number,
  y: number,
  calibration: Calibration | null,
): { x: string; y: string; unit: string } {
  const digits = calibration ? 1 : 0;
  const one = (value: number) =>
    value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  if (!calibration) return { x: one(Math.floor(x)), y: one(Math.floor(y)), unit: "px" };
  return { x: one(x * calibration.x), y: one(y * calibration.y), unit: calibration.unit };
}

/** CSS px per image px → percent. */
export function formatZoom(zoom: number): string {
  const percent = zoom * 100;
  return `${percent >= 10 ? Math.round(percent) : percent >= 1 ? percent.toFixed(1) : percent.toFixed(2)} %`;
}

/** How far a camera turns the picture as one sees it: degrees clockwise, -180 to 180, to a tenth. */
export function turnOnScreen({ rotation, flip = false }: { rotation: number; flip?: boolean }): number {
  const wrapped = (((flip ? -rotation : rotation) % 360) + 360) % 360;
  return Math.round((wrapped > 180 ? wrapped - 360 : wrapped) * 10) / 10;
}

/** `at` in ms since 1970. */
export function formatWhen(at: number, now: number): string {
  const minutes = Math.round((now - at) / 60_000);
  if (minutes < 1) return "just now";
  if (minutes < 60) return `${minutes} min ago`;
  const then = new Date(at);
  const time = then.toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" });
  if (then.toDateString() === new Date(now).toDateString()) return `today, ${time}`;
  return `${then.toLocaleDateString(undefined, { day: "numeric", month: "short", year: "numeric" })}, ${time}`;
}
