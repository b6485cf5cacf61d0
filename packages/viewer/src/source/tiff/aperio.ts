/** What the description of an Aperio slide (SVS) says that is used here. */
export interface Aperio {
  /** Micrometres per pixel. */
  readonly micrometres: number | null;
}

/** Null when the text is not Aperio's. Fields are "name = value", parted by "|". */
export function parseAperio(text: string): Aperio | null {
  if (!text.startsWith("Aperio")) return null;
  const match = text.match(/\|\s*MPP\s*=\s*([0-9.]{1,20})/);
  const size = match ? Number(match[1]) : Number.NaN;
  return { micrometres: Number.isFinite(size) && size > 0 ? size : null };
}
