import { expect, it } from "vitest";
// In a browser: OpenSeadragon looks for a document when it is loaded.
import * as viewer from "./index.ts";

it("exports what it promises, and nothing else", () => {
  expect(Object.keys(viewer).sort()).toMatchInlineSnapshot(`
    [
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
      "measuredChannelSettings",
      "openInWorkers",
      "sameCamera",
      "scaleBarFor",
      "screenToImage",
      "toneOf",
      "visibleRect",
    ]
  `);
});
