import { expect, it } from "vitest";
// In a browser: OpenSeadragon looks for a document when it is loaded.
import * as viewer from "./index.ts";

it("exports what it promises, and nothing else", () => {
  expect(Object.keys(viewer).sort()).toMatchInlineSnapshot(`
    [
      "LUTS",
      "LUT_NAMES",
      "LUT_SIZE",
      "MAX_ZOOM",
      "ViewerError",
      "applyAffine",
      "blendChannels",
      "cameraCovering",
      "cameraMatrix",
      "createMinimap",
      "createScaleBar",
      "createViewer",
      "defaultChannelSettings",
      "homeCamera",
      "imageToScreen",
      "interpolateCamera",
      "isViewerError",
      "labelColor",
      "lutColor",
      "lutTable",
      "measuredChannelSettings",
      "openInWorkers",
      "sameCamera",
      "samePlane",
      "scaleBarFor",
      "screenToImage",
      "toneOf",
      "visibleRect",
    ]
  `);
});
