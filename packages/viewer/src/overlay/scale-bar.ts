import type { Calibration } from "../source/calibration.ts";

export interface ScaleBar {
  readonly lengthCss: number;
  /** "50 µm" or "200 px" */
  readonly label: string;
}

const UNITS = [
  { label: "nm", micrometres: 1e-3 },
  { label: "µm", micrometres: 1 },
  { label: "mm", micrometres: 1e3 },
  { label: "cm", micrometres: 1e4 },
] as const;

/** The greatest 1, 2 or 5 times a power of ten that is not above `value`. */
export function niceFloor(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  // Division leaves 9.999… for 10.
  const lead = value / power + 1e-9;
  return (lead >= 5 ? 5 : lead >= 2 ? 2 : 1) * power;
}

/**
 * A round length that fits.
 * @param zoom CSS px per image px
 * @param mostCss longest bar, CSS px
 */
export function scaleBarFor(calibration: Calibration | null, zoom: number, mostCss = 140): ScaleBar {
  const most = mostCss / zoom;
  if (!calibration) {
    const px = Math.max(1, niceFloor(most));
    return { lengthCss: px * zoom, label: `${trimmed(px)} px` };
  }
  const length = niceFloor(most * calibration.x);
  const unit = UNITS.findLast(({ micrometres }) => length >= micrometres * 0.999) ?? UNITS[0];
  return {
    lengthCss: (length / calibration.x) * zoom,
    label: `${trimmed(length / unit.micrometres)} ${unit.label}`,
  };
}

const trimmed = (value: number): string => String(Number(value.toPrecision(6)));

/** Draws the bar and keeps it right. Returns what removes it. */
export function createScaleBar(
  viewer: { scaleBar(): ScaleBar | null; on(event: "camera" | "ready", listener: () => void): () => void },
  element: HTMLElement,
): () => void {
  const root = document.createElement("div");
  const bar = document.createElement("div");
  const text = document.createElement("div");
  root.dataset["part"] = "scale-bar";
  Object.assign(root.style, {
    display: "inline-flex",
    flexDirection: "column",
    gap: "3px",
    pointerEvents: "none",
  });
  Object.assign(text.style, {
    font: "500 12px/1 system-ui, sans-serif",
    fontVariantNumeric: "tabular-nums",
    color: "#fff",
    textAlign: "center",
    textShadow: "0 0 3px rgb(0 0 0 / 0.9), 0 0 1px rgb(0 0 0 / 0.9)",
  });
  Object.assign(bar.style, {
    height: "3px",
    borderRadius: "1px",
    background: "#fff",
    boxShadow: "0 0 0 1px rgb(0 0 0 / 0.55)",
  });
  root.append(text, bar);
  element.append(root);
  let shown = "";
  const update = () => {
    const scale = viewer.scaleBar();
    root.style.visibility = scale ? "visible" : "hidden";
    if (!scale) return;
    bar.style.width = `${scale.lengthCss.toFixed(1)}px`;
    if (scale.label === shown) return;
    shown = scale.label;
    text.textContent = scale.label;
  };
  const off = [viewer.on("camera", update), viewer.on("ready", update)];
  update();
  return () => {
    for (const stop of off) stop();
    root.remove();
  };
}
