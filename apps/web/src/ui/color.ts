/** A colour with the name that a screen reader says. */
export interface NamedColor {
  readonly name: string;
  /** `#rrggbb`, lower case */
  readonly value: string;
}

/** For classes: Okabe and Ito's set, told apart with every common kind of colour blindness, and three greys. */
export const classPalette: readonly NamedColor[] = [
  { name: "Orange", value: "#e69f00" },
  { name: "Sky blue", value: "#56b4e9" },
  { name: "Bluish green", value: "#009e73" },
  { name: "Yellow", value: "#f0e442" },
  { name: "Blue", value: "#0072b2" },
  { name: "Vermilion", value: "#d55e00" },
  { name: "Reddish purple", value: "#cc79a7" },
  { name: "White", value: "#f2f2f2" },
  { name: "Grey", value: "#a6a6a6" },
  { name: "Dark grey", value: "#6e6e6e" },
];

/** For channels: the primaries and their sums, which stay readable where channels add up. */
export const channelPalette: readonly NamedColor[] = [
  { name: "White", value: "#ffffff" },
  { name: "Blue", value: "#3d6bff" },
  { name: "Cyan", value: "#00ffff" },
  { name: "Green", value: "#00ff00" },
  { name: "Yellow", value: "#ffff00" },
  { name: "Orange", value: "#ff8c00" },
  { name: "Red", value: "#ff0000" },
  { name: "Magenta", value: "#ff00ff" },
];

/** For people: cursors, avatars and frames only. Mid tones, so that each shows on dark and on bright tissue. */
export const peoplePalette: readonly NamedColor[] = [
  { name: "Coral", value: "#f2695c" },
  { name: "Amber", value: "#e8a33d" },
  { name: "Lime", value: "#9bbf3b" },
  { name: "Mint", value: "#3fbf8f" },
  { name: "Teal", value: "#35b5c4" },
  { name: "Azure", value: "#5b9dee" },
  { name: "Violet", value: "#9a86f0" },
  { name: "Pink", value: "#e577b8" },
];

/** 0xRRGGBB → `#rrggbb` */
export function hexFromNumber(color: number): string {
  return `#${(color & 0xffffff).toString(16).padStart(6, "0")}`;
}

/** `#rrggbb` → 0xRRGGBB */
export function numberFromHex(hex: string): number {
  return Number.parseInt(hex.slice(1), 16);
}

/** What a person typed (`fff`, `#FFF`, `#ffffff`) → `#rrggbb`, or null. */
export function parseHex(text: string): string | null {
  const digits = text.trim().replace(/^#/, "").toLowerCase();
  if (/^[0-9a-f]{6}$/.test(digits)) return `#${digits}`;
  if (/^[0-9a-f]{3}$/.test(digits)) return `#${[...digits].map((d) => d + d).join("")}`;
  return null;
}

/** Black or white, whichever reads better on the colour (relative luminance as WCAG 2 defines it). */
export function textOn(hex: string): "#000000" | "#ffffff" {
  const value = numberFromHex(hex);
  const linear = (shift: number) => {
    const part = ((value >> shift) & 255) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  };
  const luminance = 0.2126 * linear(16) + 0.7152 * linear(8) + 0.0722 * linear(0);
  return luminance > 0.179 ? "#000000" : "#ffffff";
}
