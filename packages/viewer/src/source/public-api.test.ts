import { expect, it } from "vitest";
import * as source from "./index.ts";

it("exports what it promises, and nothing else", () => {
  expect(Object.keys(source).sort()).toMatchInlineSnapshot(`
    [
      "ByteCache",
      "SourceError",
      "abortedError",
      "defaultChannelSettings",
      "describeSource",
      "histogramOf",
      "imageUrl",
      "inspect",
      "isAbort",
      "isSourceError",
      "listLabels",
      "measuredChannelSettings",
      "openImage",
      "openImageManifest",
      "openLabel",
      "openOmeZarr",
      "openWithManifest",
      "percentileWindow",
      "pixelRange",
      "tileGrid",
      "tileSize",
      "withTileCache",
    ]
  `);
});
