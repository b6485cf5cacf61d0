import { ModelError } from "./errors.ts";

/** One tensor of an embedding, int8 with a scale for each channel: value = byte · scales[channel]. */
export interface EmbeddingTensor {
  /** The decoder's name of it. */
  readonly name: string;
  /** [1, channels, height, width] */
  readonly dims: readonly number[];
  readonly scales: Float32Array;
  readonly data: Int8Array;
}

const MAX_VALUES = 32 * 2 ** 20;
const MAX_TENSORS = 8;

/** Channel by channel, as their sizes differ by an order of magnitude. NaN becomes 0. */
export function quantiseTensor(name: string, dims: readonly number[], values: Float32Array): EmbeddingTensor {
  const channels = dims[1] ?? 0;
  const size = values.length / channels;
  if (dims.length !== 4 || dims[0] !== 1 || !Number.isInteger(size) || values.length > MAX_VALUES)
    throw refuse(`a tensor [1, channels, height, width] "${name}"`, `[${dims}] with ${values.length} values`);
  const scales = new Float32Array(channels);
  const data = new Int8Array(values.length);
  for (let c = 0; c < channels; c++) {
    let most = 0;
    for (let i = c * size; i < (c + 1) * size; i++) {
      const v = Math.abs(values[i] as number);
      if (v > most && v < Number.POSITIVE_INFINITY) most = v;
    }
    scales[c] = most / 127;
    const by = most > 0 ? 127 / most : 0;
    for (let i = c * size; i < (c + 1) * size; i++)
      data[i] = Math.max(-127, Math.min(127, Math.round((values[i] as number) * by)));
  }
  return { name, dims: [...dims], scales, data };
}

export function dequantise({ dims, scales, data }: EmbeddingTensor): Float32Array {
  const size = data.length / (dims[1] as number);
  const out = new Float32Array(data.length);
  for (const [c, scale] of scales.entries())
    for (let i = c * size; i < (c + 1) * size; i++) out[i] = (data[i] as number) * scale;
  return out;
}

/** Count u8; each: name (u8 length, ASCII), 3 × u32 channels, height, width; scales f32; then all data, in order. */
export function packTensors(tensors: readonly EmbeddingTensor[]): Uint8Array {
  const sizes = tensors.map((t) => 1 + t.name.length + 12 + 4 * t.scales.length + t.data.length);
  const out = new Uint8Array(1 + sizes.reduce((a, b) => a + b, 0));
  const view = new DataView(out.buffer);
  let at = 0;
  view.setUint8(at++, tensors.length);
  for (const { name, dims, scales, data } of tensors) {
    view.setUint8(at++, name.length);
    for (const letter of name) view.setUint8(at++, letter.charCodeAt(0));
    for (const dim of dims.slice(1)) {
      view.setUint32(at, dim);
      at += 4;
    }
    for (const scale of scales) {
      view.setFloat32(at, scale);
      at += 4;
    }
    out.set(new Uint8Array(data.buffer, data.byteOffset, data.length), at);
    at += data.length;
  }
  return out;
}

/** The inverse, without copying data. Throws ModelError "bad-embedding" on anything else. */
export function unpackTensors(bytes: Uint8Array): EmbeddingTensor[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const take = (length: number) => {
    if (length > bytes.length - at) throw refuse("a whole embedding", `one cut off at ${bytes.length} bytes`);
    at += length;
    return at - length;
  };
  const count = view.getUint8(take(1));
  if (count === 0 || count > MAX_TENSORS) throw refuse(`1 to ${MAX_TENSORS} tensors`, `${count}`);
  const tensors = Array.from({ length: count }, () => {
    const length = view.getUint8(take(1));
    const start = take(length);
    const name = String.fromCharCode(...bytes.subarray(start, start + length));
    const dims = [1, ...Array.from({ length: 3 }, () => view.getUint32(take(4)))];
    const values = dims.reduce((a, b) => a * b, 1);
    if (!(values > 0 && values <= MAX_VALUES)) throw refuse("a tensor of some size", `[${dims}]`);
    const scales = Float32Array.from({ length: dims[1] as number }, () => view.getFloat32(take(4)));
    if (!scales.every((s) => s >= 0 && Number.isFinite(s))) throw refuse("scales", "others");
    const from = take(values);
    return { name, dims, scales, data: new Int8Array(bytes.buffer, bytes.byteOffset + from, values) };
  });
  if (at !== bytes.length) throw refuse("an embedding", `${bytes.length - at} bytes more`);
  return tensors;
}

const refuse = (expected: string, got: string) =>
  new ModelError("bad-embedding", expected, got, "Encode the region again with this model.");
