import { PresenceDecodeError } from "./errors.ts";
import { MAX_FRAME_BYTES, MAX_ID_LENGTH } from "./limits.ts";

const MAX_VARINT_BYTES = 8;
const ID = /^[A-Za-z0-9_-]*$/;

/** Reads a frame front to back; throws PresenceDecodeError and nothing else, and allocates no more than is there. */
export class FrameReader {
  private readonly source: Uint8Array;
  private readonly view: DataView;
  private position = 0;

  constructor(source: Uint8Array) {
    if (!(source instanceof Uint8Array))
      throw new PresenceDecodeError("not-presence", "a Uint8Array", typeof source);
    if (source.length > MAX_FRAME_BYTES)
      throw new PresenceDecodeError("too-large", `at most ${MAX_FRAME_BYTES} bytes`, source.length);
    this.source = source;
    this.view = new DataView(source.buffer, source.byteOffset, source.byteLength);
  }

  get remaining(): number {
    return this.source.length - this.position;
  }

  private take(count: number): number {
    if (count > this.remaining)
      throw new PresenceDecodeError("truncated", `${count} more bytes`, this.remaining);
    this.position += count;
    return this.position - count;
  }

  u8(): number {
    return this.source[this.take(1)]!;
  }

  u16(): number {
    return this.view.getUint16(this.take(2));
  }

  u24(): number {
    return (this.u8() << 16) | this.u16();
  }

  f32(): number {
    const value = this.view.getFloat32(this.take(4));
    if (!Number.isFinite(value)) throw new PresenceDecodeError("bad-value", "a finite number", value);
    return value;
  }

  varUint(): number {
    let value = 0;
    let scale = 1;
    for (let i = 0; i < MAX_VARINT_BYTES; i++) {
      const byte = this.u8();
      value += (byte & 127) * scale;
      if (byte < 128 && value <= Number.MAX_SAFE_INTEGER) return value;
      scale *= 128;
    }
    throw new PresenceDecodeError("bad-value", "a varint below 2^53", "a longer one");
  }

  varInt(): number {
    const value = this.varUint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  bytes(maxLength: number): Uint8Array {
    const length = this.varUint();
    if (length > maxLength) throw new PresenceDecodeError("too-large", `at most ${maxLength} bytes`, length);
    const start = this.take(length);
    return this.source.slice(start, start + length);
  }

  /** UTF-8 with its length in bytes before it. */
  string(maxLength: number): string {
    // At most 3 bytes of UTF-8 a UTF-16 unit.
    const bytes = this.bytes(maxLength * 3);
    let text: string;
    try {
      text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      throw new PresenceDecodeError("bad-value", "UTF-8", "other bytes");
    }
    if (text.length > maxLength)
      throw new PresenceDecodeError("too-large", `at most ${maxLength} characters`, text.length);
    return text;
  }

  id(): string {
    const id = this.string(MAX_ID_LENGTH);
    if (id === "" || !ID.test(id)) throw new PresenceDecodeError("bad-value", "an id", id);
    return id;
  }

  flag(): boolean {
    const byte = this.u8();
    if (byte > 1) throw new PresenceDecodeError("bad-value", "0 or 1", byte);
    return byte === 1;
  }

  end(): void {
    if (this.remaining > 0)
      throw new PresenceDecodeError("trailing-bytes", "the end", `${this.remaining} more bytes`);
  }
}
