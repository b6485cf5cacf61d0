/** Parameters under which viewers carry the address of the image they show. */
const CARRIERS = [
  "source",
  "image_url",
  "imageUrl",
  "fileToLoad",
  "image",
  "images",
  "url",
  "file",
  "manifest",
];
const SCHEMES = /^(?:https?|zarr[23]?|s3|gs|gcs):\/\//i;

/**
 * The address of an image in what somebody pasted: the address itself, or a link to a viewer that shows it
 * (Neuroglancer, Vizarr, the OME-NGFF validator, Avivator …), or a bucket's `s3://` and `gs://`. Null where
 * there is none.
 */
export function addressIn(pasted: string): string | null {
  const text = pasted.trim().replace(/^[<"'“‘]+|[>"'”’]+$/g, "");
  const address = ofSource(text);
  if (address === null) return null;
  return ofViewer(new URL(address)) ?? address;
}

/** Neuroglancer's notations: `zarr://https://…`, and `https://…|zarr3:`. */
function ofSource(text: string): string | null {
  const bare = text.replace(/^(?:zarr[23]?|n5|precomputed):\/\//i, "").replace(/\|[a-z0-9]+:.*$/i, "");
  const bucket = /^(s3|gs|gcs):\/\/([^/]+)\/(.+)$/i.exec(bare);
  if (bucket) {
    const [, scheme, name, key] = bucket;
    const host =
      scheme!.toLowerCase() === "s3" ? `${name}.s3.amazonaws.com` : `storage.googleapis.com/${name}`;
    return `https://${host}/${key}`;
  }
  return URL.canParse(bare) && /^https?:$/.test(new URL(bare).protocol) ? bare : null;
}

function ofViewer(link: URL): string | null {
  const state = /^#!(.+)$/.exec(link.hash)?.[1];
  if (state) return ofNeuroglancer(state);
  const inside = [link.searchParams, new URLSearchParams(link.hash.replace(/^#[/?!]*/, ""))];
  for (const params of inside) {
    for (const name of CARRIERS) {
      const value = params.get(name)?.split(",")[0] ?? "";
      if (SCHEMES.test(value)) return ofSource(value);
    }
  }
  return null;
}

/** The first image of a Neuroglancer state. */
function ofNeuroglancer(encoded: string): string | null {
  let state: unknown;
  try {
    state = JSON.parse(decodeURIComponent(encoded));
  } catch {
    return null;
  }
  const layers = (state as { layers?: unknown })?.layers;
  if (!Array.isArray(layers)) return null;
  const images = layers.filter((layer) => layer?.type === "image");
  for (const { source } of [...images, ...layers].filter((layer) => layer !== null)) {
    const first: unknown = Array.isArray(source) ? source[0] : source;
    const text = typeof first === "string" ? first : (first as { url?: unknown } | undefined)?.url;
    const address = typeof text === "string" ? ofSource(text) : null;
    if (address) return address;
  }
  return null;
}
