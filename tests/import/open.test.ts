import {
  inspect,
  isSourceError,
  openImage,
  openImageManifest,
  openWithManifest,
} from "@coscope/viewer/source";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { decodeImage } from "./decode.ts";
import { readPlane } from "./planes.ts";
import { type FixtureServer, serveFixtures } from "./server.ts";

let server: FixtureServer;
beforeAll(async () => {
  server = await serveFixtures();
});
afterEach(() => {
  server.asked.length = 0;
});
afterAll(() => server.close());

const first = { level: 0, x: 0, y: 0, z: 0, t: 0, channel: 0 };

async function refusalOf(promise: Promise<unknown>) {
  const error = await promise.then(
    () => null,
    (cause: unknown) => cause,
  );
  if (!isSourceError(error)) throw new Error(`no SourceError but ${error}`);
  return error;
}

test("a small TIFF costs one request to open, and none more for its pixels", async () => {
  const source = await openImage(`${server.url}/strips-u8.tif`);
  expect(server.asked).toEqual(["GET /strips-u8.tif bytes=0-65535"]);
  await source.getTile(first);
  expect(server.asked).toHaveLength(1);
});

test("another worker goes on from the manifest: nothing is asked twice but what it needs for pixels", async () => {
  const opened = await openWithManifest(`${server.url}/pyramid.ome.tif`);
  const manifest = structuredClone(opened.manifest);
  server.asked.length = 0;
  const source = await openImageManifest(manifest);
  expect(server.asked).toEqual([]);
  const at = { level: 1, z: 0, t: 0, channel: 1 };
  expect(await readPlane(source, at)).toEqual(await readPlane(opened.source, at));
});

test("a TIFF reads one tile by one range", async () => {
  const source = await openImage(`${server.url}/pyramid.ome.tif`);
  await source.getTile({ ...first, channel: 2 });
  const before = server.asked.length;
  await source.getTile({ ...first, channel: 2 });
  expect(server.asked.length).toBe(before);
});

test("what the address says is not asked twice", async () => {
  const source = await openImage(`${server.url}/v05-yx.zarr`);
  await source.getTile({ ...first, level: 1 });
  const chunk = "GET /v05-yx.zarr/s1/c/0/0";
  expect(server.asked.filter((line) => !line.includes("zarr.json"))).toContain(chunk);
  expect(new Set(server.asked).size).toBe(server.asked.length);
  server.asked.length = 0;
  await openImage(`${server.url}/iiif3/info.json`, { decodeImage });
  await openImage(`${server.url}/dzi-overlap/dzi-overlap.dzi`, { decodeImage });
  await openImage(`${server.url}/plain.png`, { decodeImage });
  expect(server.asked).toHaveLength(3);
});

/** The same files under addresses that tell nothing. */
const renamed =
  (to: string): typeof fetch =>
  (input, init) =>
    fetch(String(input).replace("/nameless", `/${to}`), init);

test("an address that tells nothing: the first bytes decide, or the folder's metadata", async () => {
  const open = (path: string) => openImage(`${server.url}/nameless`, { decodeImage, fetch: renamed(path) });
  expect((await open("tzcyx.ome.tif")).sizeT).toBe(2);
  expect((await open("plain.png")).rgb).toBe(true);
  expect((await open("iiif2/info.json")).levels).toHaveLength(3);
  expect((await open("dzi-overlap/dzi-overlap.dzi")).levels).toHaveLength(3);
  expect((await open("v05-cyx.zarr")).channels).toHaveLength(3);
  expect((await open("v04-tczyx.zarr")).sizeT).toBe(2);
  expect((await inspect(`${server.url}/nameless`, { fetch: renamed("plate.zarr") })).kind).toBe("plate");
});

test("the bytes are right where the address is wrong", async () => {
  const asTiff: typeof fetch = (input, init) => fetch(String(input).replace("wrong.tif", "plain.png"), init);
  const source = await openImage(`${server.url}/wrong.tif`, { decodeImage, fetch: asTiff });
  expect(source.rgb).toBe(true);
});

test("formats that are not read are named before anything is asked, with the conversion to make", async () => {
  const names = {
    czi: "Zeiss CZI",
    nd2: "Nikon ND2",
    lif: "Leica LIF",
    vsi: "Olympus VSI",
    mrxs: "MRXS",
    dcm: "DICOM",
  };
  for (const [extension, name] of Object.entries(names)) {
    const error = await refusalOf(openImage(`${server.url}/slide.${extension}`));
    expect(error.code).toBe("unsupported");
    expect(error.got).toContain(name);
    expect(error.next).toContain(`bioformats2raw in.${extension} out.zarr`);
  }
  expect(server.asked).toEqual([]);
});

test("… and recognised by their content", async () => {
  const serving =
    (bytes: Uint8Array<ArrayBuffer>): typeof fetch =>
    async (input) =>
      String(input).endsWith("/x") ? new Response(bytes) : new Response(null, { status: 404 });
  const dicom = new Uint8Array(200);
  dicom.set(new TextEncoder().encode("DICM"), 128);
  const cases: [Uint8Array<ArrayBuffer>, string][] = [
    [new TextEncoder().encode("ZISRAWFILE\0\0"), "Zeiss CZI"],
    [new Uint8Array([0xda, 0xce, 0xbe, 0x0a, 0, 0, 0, 0]), "Nikon ND2"],
    [dicom, "DICOM"],
  ];
  for (const [bytes, name] of cases) {
    const error = await refusalOf(openImage(`${server.url}/x`, { fetch: serving(bytes) }));
    expect(error).toMatchObject({ code: "unsupported", got: name });
  }
  const page = serving(new TextEncoder().encode("<!doctype html><title>x</title>"));
  expect(await refusalOf(openImage(`${server.url}/x`, { fetch: page }))).toMatchObject({
    code: "not-an-image",
    got: "a web page",
  });
});

test("nothing there", async () => {
  for (const path of ["none", "none.tif", "none.zarr", "none.png", "none/info.json", "none.dzi"]) {
    expect((await refusalOf(openImage(`${server.url}/${path}`, { decodeImage }))).code).toBe("not-found");
  }
});

test("a server without ranges: a small file is read whole, a large one is refused in words", async () => {
  const whole = await serveFixtures({ ranges: false });
  try {
    const source = await openImage(`${whole.url}/tiles-u16-deflate.tif`);
    const plain = await openImage(`${server.url}/tiles-u16-deflate.tif`);
    const at = { level: 0, z: 0, t: 0, channel: 0 };
    expect(await readPlane(source, at)).toEqual(await readPlane(plain, at));
    expect(whole.asked).toHaveLength(1);
  } finally {
    await whole.close();
  }
  const huge: typeof fetch = async () =>
    new Response(new ReadableStream({ pull: (to) => to.enqueue(new Uint8Array(2 ** 20).fill(73)) }));
  const error = await refusalOf(openImage("http://old.example/slide.svs", { fetch: huge }));
  expect(error.code).toBe("unsupported");
  expect(error.expected).toContain("old.example to send parts of a file (HTTP range requests)");
});

test("another site's answers do not show how large a file is: all is read all the same", async () => {
  const hidden: typeof fetch = async (input, init) => {
    const { body, status, headers } = await fetch(input, init);
    const seen = new Headers(headers);
    seen.delete("content-range");
    return new Response(body, { status, headers: seen });
  };
  const at = { level: 0, z: 0, t: 0, channel: 0 };
  const names = ["large.png", "plain.png", "turned.jpg", "flat.tif", "pyramid.ome.tif", "strips-u8.tif"];
  for (const name of [...names, "iiif2/info.json", "dzi-plain/dzi-plain.json"]) {
    const url = `${server.url}/${name}`;
    const [from, same] = await Promise.all([
      openImage(url, { decodeImage, fetch: hidden }),
      openImage(url, { decodeImage }),
    ]);
    expect(await readPlane(from, at)).toEqual(await readPlane(same, at));
  }
});

test("a picture without anything that decodes it", async () => {
  const error = await refusalOf(openImage(`${server.url}/plain.png`));
  expect(error).toMatchObject({ code: "unsupported" });
  expect(error.got).toContain("decodeImage");
});

test("an abort ends opening and tiles", async () => {
  const controller = new AbortController();
  controller.abort();
  const { signal } = controller;
  expect((await refusalOf(openImage(`${server.url}/strips-u8.tif`, { signal }))).code).toBe("aborted");
  const source = await openImage(`${server.url}/strips-u8.tif`);
  expect((await refusalOf(source.getTile({ ...first, signal }))).code).toBe("aborted");
});
