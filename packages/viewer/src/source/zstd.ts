type Decode = (packed: Uint8Array, size: number) => Uint8Array;

let loading: Promise<Decode> | null = null;

/**
 * Decodes zstd frames whose size is known. Several times faster than numcodecs'
 * build; where a page forbids what its loading needs, that is used after all.
 */
export function loadZstd(): Promise<Decode> {
  loading ??= fast().catch(slow);
  return loading;
}

async function fast(): Promise<Decode> {
  const { ZSTDDecoder } = await import("zstddec");
  const decoder = new ZSTDDecoder();
  await decoder.init();
  return exactly((packed, size) => decoder.decode(packed, size));
}

async function slow(): Promise<Decode> {
  const { default: Zstd } = await import("numcodecs/zstd");
  const codec = Zstd.fromConfig({ id: "zstd", level: 1 });
  return exactly((packed) => codec.decode(packed) as Uint8Array);
}

/** A damaged frame gives nothing, or less. */
function exactly(decode: Decode): Decode {
  return (packed, size) => {
    const bytes = decode(packed, size);
    if (bytes.length !== size)
      throw new Error(`a zstd frame that is damaged, or does not hold ${size} bytes`);
    return bytes;
  };
}
