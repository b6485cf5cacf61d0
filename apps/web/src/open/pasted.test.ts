import { expect, test } from "vitest";
import { addressIn } from "./pasted.ts";

const ZARR = "https://uk1s3.embassy.ebi.ac.uk/idr/zarr/v0.4/idr0062A/6001240.zarr";
const neuroglancer = (source: unknown) =>
  `https://neuroglancer-demo.appspot.com/#!${encodeURIComponent(
    JSON.stringify({
      layers: [
        { type: "segmentation", source: "precomputed://gs://b/seg" },
        { type: "image", source },
      ],
    }),
  )}`;

test.each([
  ["the address itself", ZARR, ZARR],
  ["with space around it", `  ${ZARR}\n`, ZARR],
  ["in quotes", `"${ZARR}"`, ZARR],
  ["in angle brackets, from a mail", `<${ZARR}>`, ZARR],
  ["Vizarr", `https://hms-dbmi.github.io/vizarr/?source=${ZARR}`, ZARR],
  ["Vizarr, encoded", `https://hms-dbmi.github.io/vizarr/?source=${encodeURIComponent(ZARR)}`, ZARR],
  ["the OME-NGFF validator", `https://ome.github.io/ome-ngff-validator/?source=${ZARR}`, ZARR],
  [
    "Avivator",
    "https://avivator.gehlenborglab.org/?image_url=https://x.org/a.ome.tif",
    "https://x.org/a.ome.tif",
  ],
  ["itk-vtk-viewer", `https://kitware.github.io/itk-vtk-viewer/app/?fileToLoad=${ZARR}`, ZARR],
  ["Neuroglancer, zarr", neuroglancer(`zarr://${ZARR}`), ZARR],
  ["Neuroglancer, zarr2 as an object", neuroglancer({ url: `zarr2://${ZARR}` }), ZARR],
  ["Neuroglancer, a pipeline", neuroglancer([`${ZARR}/|zarr3:`]), `${ZARR}/`],
  ["a source of Neuroglancer alone", `zarr://${ZARR}`, ZARR],
  ["an S3 bucket", "s3://bucket/a/b.zarr", "https://bucket.s3.amazonaws.com/a/b.zarr"],
  [
    "a bucket in Neuroglancer",
    neuroglancer("zarr://s3://bucket/b.zarr"),
    "https://bucket.s3.amazonaws.com/b.zarr",
  ],
  ["a Google bucket", "gs://bucket/b.zarr", "https://storage.googleapis.com/bucket/b.zarr"],
  [
    "an address with a token that is no viewer's",
    "https://x.org/a.zarr?token=https",
    "https://x.org/a.zarr?token=https",
  ],
  ["a broken state", "https://x.org/#!%7Bbroken", "https://x.org/#!%7Bbroken"],
])("%s", (_what, pasted, address) => {
  expect(addressIn(pasted)).toBe(address);
});

test.each([
  "",
  "slide.zarr",
  "example.org/a.zarr",
  "/home/ada/a.tif",
  "C:\\slides\\a.svs",
  "file:///a.zarr",
  "javascript:alert(1)",
  "s3://bucket",
])("no address in %j", (pasted) => {
  expect(addressIn(pasted)).toBeNull();
});
