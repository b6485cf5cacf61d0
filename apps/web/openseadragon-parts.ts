import type { Plugin } from "vite";

/** Classes of OpenSeadragon that the page never makes: other sources, other drawers, its own controls. */
const UNUSED = [
  "DziTileSource",
  "IIIFTileSource",
  "IIPTileSource",
  "IrisTileSource",
  "OsmTileSource",
  "TmsTileSource",
  "ZoomifyTileSource",
  "LegacyTileSource",
  "ImageTileSource",
  "HTMLDrawer",
  "CanvasDrawer",
  "WebGLDrawer",
  "Mat3",
  "Navigator",
  "ReferenceStrip",
  "Button",
  "ButtonGroup",
  "Overlay",
];

/**
 * Leaves out of the built page what it never uses of OpenSeadragon (a quarter of it). Its file is a row of
 * functions that each hang a class on one object, which no bundler can tell apart. A new version whose
 * parts are cut otherwise fails the build.
 */
export function openSeadragonParts(): Plugin {
  return {
    name: "coscope:openseadragon-parts",
    apply: "build",
    transform: {
      filter: { id: /openseadragon\.min\.js$/ },
      handler(code) {
        const parts = this.parse(code).body.map(({ start, end }) => ({
          start,
          text: code.slice(start, end),
        }));
        const dropped = new Set<string>();
        for (const name of UNUSED) {
          const made = new RegExp(String.raw`[\w$]\.${name}=(?!=)`);
          const found = parts.filter(({ start, text }) => start > 0 && made.test(text));
          if (found.length !== 1)
            this.error(`OpenSeadragon makes ${name} in ${found.length} places, not in one`);
          dropped.add(found[0]!.text);
        }
        const kept = parts.map(({ text }) => text).filter((text) => !dropped.has(text));
        return { code: kept.join("\n"), map: null };
      },
    },
  };
}
