/** What the description of an Aperio slide (SVS) says that is used here. */
export interface Aperio {
  /** Micrometres per pixel. */
  readonly micrometres: number | null;
  /** Objective magnification. */
  readonly magnification: number | null;
}

/** Null when the text is not Aperio's. Fields are "name = value", parted by "|". */
export function parseAperio(text: string): Aperio | null {
  if (!text.startsWith("Aperio")) return null;
  const field = (name: string): number | null => {
    const match = text.match(new RegExp(`\\|\\s*${name}\\s*=\\s*([0-9.]{1,20})`));
    const value = match ? Number(match[1]) : Number.NaN;
    return Number.isFinite(value) && value > 0 ? value : null;
  };
  return { micrometres: field("MPP"), magnification: field("AppMag") };
}
