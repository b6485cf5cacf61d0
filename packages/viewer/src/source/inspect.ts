import { createHttpStore } from "./http-store.ts";
import { formatByAddress, unreadFormat } from "./identify.ts";
import { imageUrl, urlOfImage } from "./image-url.ts";
import { nameOfUrl } from "./names.ts";
import { type Listing, listOmeZarr } from "./ome-zarr/listing.ts";
import { type OpenImageOptions, openWithManifest } from "./open-image.ts";

/**
 * Says what an address holds before it is opened: one image, a series, a plate
 * or a well, and the label images that belong to it.
 * @throws SourceError
 */
export async function inspect(url: string, options: OpenImageOptions = {}): Promise<Listing> {
  const href = options.store ? url : imageUrl(url);
  const one = (): Listing => ({
    kind: "image",
    items: [{ name: nameOfUrl(href, /\.[a-z0-9]{1,5}$/i), url: href }],
    labels: [],
  });
  // One of a file's images was chosen already.
  if (!options.store && new URL(href).hash !== "") return one();
  const told = options.store ? "ome-zarr" : formatByAddress(href);
  if (typeof told === "object" && told !== null) throw unreadFormat(href, told);
  if (told === "tiff" && !/\.(svs|qptiff)$/i.test(new URL(href).pathname)) {
    return (await imagesOfTiff(href, options)) ?? one();
  }
  if (told !== null && told !== "ome-zarr") return one();
  const store = options.store ?? createHttpStore(href, options);
  const listing = await listOmeZarr(store, nameOfUrl(href, /(\.ome)?\.zarr$/i), options.signal).catch(
    (error) => {
      // A server may answer a question for metadata with a page: then it is no folder.
      if (told === "ome-zarr") throw error;
      return null;
    },
  );
  if (listing) return listing;
  // Nothing that can be listed: whether it can be opened decides, and says why not.
  return (await imagesOfTiff(href, options)) ?? one();
}

/** What slide scanners call photographs of the glass and of its label, with whatever is written on it. */
const OF_THE_GLASS = /(^|\W)(label|macro)( image)?(\W|$)/i;

/** The images of a TIFF that holds several; null for any other file that can be opened. */
async function imagesOfTiff(url: string, options: OpenImageOptions): Promise<Listing | null> {
  const { source, manifest } = await openWithManifest(url, options);
  source.close?.();
  if (manifest.format !== "tiff" || manifest.manifest.images.length < 2) return null;
  const items = manifest.manifest.images.map((name, i) => ({
    name: name || `Image ${i + 1}`,
    url: urlOfImage(url, i),
    ...(OF_THE_GLASS.test(name) ? { associated: true } : {}),
  }));
  return { kind: "series", items, labels: [] };
}
