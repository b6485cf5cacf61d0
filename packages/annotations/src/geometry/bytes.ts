import { GeometryDecodeError } from "./errors.ts";
import { MAX_COORDINATE } from "./limits.ts";

/** Largest number of bytes a varint may take: 8 × 7 = 56 bits, of which values up to 2^53 - 1 are accepted. */
const MAX_VARINT_BYTES = 8;

/** A growing byte buffer with the few encodings that geometries use. */
export class ByteWriter {
  private buffer = new Uint8Array(1024);
  private length = 0;

  /** Starts anew, in the same buffer. */
  reset(): void {
    this.length = 0;
  }

  private reserve(count: number): void {
    if (this.length + count <= this.buffer.length) return;
    const grown = new Uint8Array(Math.max(this.buffer.length * 2, this.length + count));
    grown.set(this.buffer.subarray(0, this.length));
    this.buffer = grown;
  }

  u8(value: number): void {
    this.reserve(1);
    this.buffer[this.length++] = value;
  }

  bytes(value: Uint8Array): void {
    this.reserve(value.length);
    this.buffer.set(value, this.length);
    this.length += value.length;
  }

  /** Little-endian base 128, low group first; `value` is an integer in [0, 2^53). */
  varUint(value: number): void {
    this.reserve(MAX_VARINT_BYTES);
    let rest = value;
    while (rest > 0x7fffffff) {
      this.buffer[this.length++] = 0x80 | (rest % 128);
      rest = Math.floor(rest / 128);
    }
    while (rest > 127) {
      this.buffer[this.length++] = 0x80 | (rest & 127);
      rest >>>= 7;
    }
    this.buffer[this.length++] = rest;
  }

  /** Zigzag: 0, -1, 1, -2, … → 0, 1, 2, 3, … */
  varInt(value: number): void {
    this.varUint(value >= 0 ? value * 2 : -value * 2 - 1);
  }

  finish(): Uint8Array {
    return this.buffer.slice(0, this.length);
  }
}

/** Where a run of vertices has come to, in stored units, and how many there were. */
export interface Pen {
  x: number;
  y: number;
  drawn: number;
}

/** Reads what ByteWriter writes; every method throws GeometryDecodeError at the end of the bytes. */
export class ByteReader {
  private readonly source: Uint8Array;
  private position = 0;

  constructor(source: Uint8Array) {
    this.source = source;
  }

  get remaining(): number {
    return this.source.length - this.position;
  }

  u8(): number {
    const value = this.source[this.position];
    if (value === undefined) throw new GeometryDecodeError("truncated", "one more byte", "the end");
    this.position++;
    return value;
  }

  bytes(count: number): Uint8Array {
    if (count > this.remaining)
      throw new GeometryDecodeError("truncated", `${count} bytes`, `${this.remaining}`);
    this.position += count;
    return this.source.slice(this.position - count, this.position);
  }

  varUint(): number {
    // Most are deltas of a few pixels.
    const first = this.source[this.position];
    if (first !== undefined && first < 128) {
      this.position++;
      return first;
    }
    let value = 0;
    let scale = 1;
    for (let i = 0; i < MAX_VARINT_BYTES; i++) {
      const byte = this.u8();
      value += (byte & 127) * scale;
      if (byte < 128) {
        if (value > Number.MAX_SAFE_INTEGER) break;
        return value;
      }
      scale *= 128;
    }
    throw new GeometryDecodeError("out-of-range", "a varint below 2^53", "a longer one");
  }

  varInt(): number {
    const value = this.varUint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  /**
   * Next `count` vertices, each a step from the one before, the first from where `pen` is, which ends at the last.
   * `pxEach`: how many px one stored unit is. Steps of one and two bytes, as nearly all of outlines are, take no call.
   */
  vertices(count: number, pen: Pen, pxEach: number): number[] {
    const { source } = this;
    const vertices = new Array<number>(2 * count);
    let at = this.position;
    // x and y take turns: each adds to the value before the last.
    let before = pen.x;
    let last = pen.y;
    for (let i = 0; i < vertices.length; i++) {
      let step: number;
      // At the end of the bytes both are undefined, and no less than anything.
      const first = source[at]!;
      if (first < 128) {
        at += 1;
        step = (first >>> 1) ^ -(first & 1);
      } else {
        const second = source[at + 1]!;
        if (second < 128) {
          at += 2;
          const value = (first & 127) | (second << 7);
          step = (value >>> 1) ^ -(value & 1);
        } else {
          this.position = at;
          step = this.varInt();
          at = this.position;
        }
      }
      const here = before + step;
      before = last;
      last = here;
      vertices[i] = inRange(here * pxEach);
    }
    this.position = at;
    pen.x = before;
    pen.y = last;
    return vertices;
  }
}

/** Throws GeometryDecodeError for a coordinate or an extent (px) that lies outside of every image. */
export function inRange(px: number): number {
  if (px > MAX_COORDINATE || px < -MAX_COORDINATE)
    throw new GeometryDecodeError("out-of-range", `coordinates within ±${MAX_COORDINATE} px`, `${px}`);
  return px;
}
