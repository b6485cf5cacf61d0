import { describe, expect, it } from "vitest";
import { parseAperio } from "./aperio.ts";
import { imageJCalibration, parseImageJ } from "./imagej.ts";
import { parseOmeXml, placePlanes } from "./ome-xml.ts";

const ome = (pixels: string, inside = "") =>
  `<?xml version="1.0"?><OME xmlns="x"><Image Name="n"><Pixels ${pixels}>${inside}</Pixels></Image></OME>`;
const anyFile = () => true;

describe("OME-XML in a TIFF", () => {
  it("is told from other descriptions", () => {
    expect(parseOmeXml("ImageJ=1.53")).toBeNull();
    expect(parseOmeXml("<html></html>")).toBeNull();
    expect(parseOmeXml(`<OME><BinaryOnly MetadataFile="a.companion.ome"/></OME>`)).toMatchObject({
      elsewhere: true,
    });
  });

  it("places planes in every order of dimensions", () => {
    for (const order of ["ZCT", "ZTC", "CZT", "CTZ", "TCZ", "TZC"]) {
      const image = parseOmeXml(ome(`DimensionOrder="XY${order}" SizeZ="2" SizeC="3" SizeT="4"`))!;
      const { placed } = placePlanes(image, 24, anyFile);
      const sizes = { Z: 2, C: 3, T: 4 };
      for (let t = 0; t < 4; t++) {
        for (let z = 0; z < 2; z++) {
          for (let c = 0; c < 3; c++) {
            const at = { Z: z, C: c, T: t };
            let [directory, step] = [0, 1];
            for (const axis of order as Iterable<"Z" | "C" | "T">) {
              directory += at[axis] * step;
              step *= sizes[axis];
            }
            expect(placed[(t * 2 + z) * 3 + c]).toBe(directory);
          }
        }
      }
    }
  });

  it("follows TiffData: single planes, runs, and what is in other files", () => {
    const inside = `
      <TiffData IFD="5" FirstC="1"/>
      <TiffData IFD="0" FirstT="1" PlaneCount="2"/>
      <TiffData IFD="2"><UUID FileName="other.tif">urn:uuid:1</UUID></TiffData>`;
    const image = parseOmeXml(ome(`DimensionOrder="XYCZT" SizeC="2" SizeT="2"`, inside))!;
    expect(placePlanes(image, 6, (name) => name === "this.tif")).toEqual({
      placed: [null, 5, 0, 1],
      elsewhere: 1,
    });
  });

  it("never places a plane in a directory that is not there", () => {
    const image = parseOmeXml(ome(`DimensionOrder="XYCZT" SizeC="2"`, `<TiffData IFD="7"/><TiffData/>`))!;
    expect(placePlanes(image, 1, anyFile).placed).toEqual([0, null]);
  });

  it("reads colours, which are signed RGBA, and units", () => {
    const channels = `<Channel Name="a" Color="16711935"/><Channel Name="b" Color="-16776961"/><Channel/>`;
    const image = parseOmeXml(
      ome(
        `SizeC="3" PhysicalSizeX="2" PhysicalSizeY="2" PhysicalSizeXUnit="nm" PhysicalSizeYUnit="Å"`,
        channels,
      ),
    )!;
    expect(image.channels.map(({ color }) => color)).toEqual([0x00ff00, 0xff0000, null]);
    expect(image.calibration?.x).toBeCloseTo(0.002);
    expect(image.calibration?.y).toBeCloseTo(0.0002);
  });

  it("counts three samples of a pixel as one channel", () => {
    const image = parseOmeXml(ome(`SizeC="3"`, `<Channel SamplesPerPixel="3"/>`))!;
    expect(image.channels).toHaveLength(1);
  });
});

describe("ImageJ's description", () => {
  it("gives dimensions, unit, spacing and interval", () => {
    const text =
      "ImageJ=1.53t\nimages=24\nchannels=2\nslices=3\nframes=4\nunit=\\u00B5m\nspacing=1.5\nfinterval=0.5\ntunit=ms\n";
    const imagej = parseImageJ(text)!;
    expect(imagej).toMatchObject({ channels: 2, slices: 3, frames: 4, unit: "µm" });
    expect(imageJCalibration(imagej, { x: 4, y: 2 })).toEqual({
      x: 0.25,
      y: 0.5,
      z: 1.5,
      unit: "µm",
      t: 0.0005,
      timeUnit: "s",
    });
  });

  it("a plain stack states only how many images", () => {
    expect(parseImageJ("ImageJ=1.47\nimages=5\n")).toMatchObject({ channels: 1, slices: 5, frames: 1 });
  });

  it("is not calibrated in pixels", () => {
    const imagej = parseImageJ("ImageJ=1.47\nimages=1\nunit=pixel\n")!;
    expect(imageJCalibration(imagej, { x: 1, y: 1 })).toBeNull();
  });
});

describe("Aperio's description", () => {
  it("gives the size of a pixel", () => {
    const text = "Aperio Image Library v11\r\n1x1|AppMag = 20|StripeWidth = 2040|MPP = 0.4990|Left = 1";
    expect(parseAperio(text)).toEqual({ micrometres: 0.499 });
    expect(parseAperio("Aperio Image Library")).toEqual({ micrometres: null });
    expect(parseAperio("else")).toBeNull();
  });
});
