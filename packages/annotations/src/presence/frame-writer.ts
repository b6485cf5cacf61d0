import { PresenceEncodeError } from "./errors.ts";
import { MAX_FRAME_BYTES, MAX_ID_LENGTH, MAX_PEER_ID } from "./limits.ts";

const utf8 = new TextEncoder();

/** Writes what FrameReader reads; refuses what it would refuse. Multi-byte numbers are big-endian. */
export class FrameWriter {
  private buffer = new Uint8Array(64);
  private view = new DataView(this.buffer.buffer);
  private length = 0;

  get size(): number {
    return this.length;
  }

  /** Makes room. May replace `view`: call it before, not among the arguments of a write. */
  private take(count: number): number {
    const start = this.length;
    this.length += count;
    if (this.length > this.buffer.length) {
      const grown = new Uint8Array(Math.max(this.buffer.length * 2, this.length));
      grown.set(this.buffer.subarray(0, start));
      this.buffer = grown;
      this.view = new DataView(grown.buffer);
    }
    return start;
  }

  u8(value: number): void {
    const at = this.take(1);
    this.view.setUint8(at, value);
  }

  u16(value: number): void {
    if (!Number.isInteger(value) || value < 0 || value > MAX_PEER_ID)
      throw new PresenceEncodeError("bad-value", "an integer of 16 bits", value);
    const at = this.take(2);
    this.view.setUint16(at, value);
  }

  u24(value: number): void {
    if (!Number.isInteger(value) || value < 0 || value > 0xffffff)
      throw new PresenceEncodeError("bad-value", "0xRRGGBB", value);
    this.u8(value >>> 16);
    const at = this.take(2);
    this.view.setUint16(at, value & 0xffff);
  }

  f32(value: number): void {
    if (!Number.isFinite(Math.fround(value)))
      throw new PresenceEncodeError("bad-value", "a finite number", value);
    const at = this.take(4);
    this.view.setFloat32(at, value);
  }

  varUint(value: number): void {
    if (!Number.isSafeInteger(value) || value < 0)
      throw new PresenceEncodeError("bad-value", "an integer in [0, 2^53)", value);
    let rest = value;
    while (rest > 127) {
      this.u8(0x80 | (rest % 128));
      rest = Math.floor(rest / 128);
    }
    this.u8(rest);
  }

  varInt(value: number): void {
    this.varUint(value >= 0 ? value * 2 : -value * 2 - 1);
  }

  raw(bytes: Uint8Array): void {
    const start = this.take(bytes.length);
    this.buffer.set(bytes, start);
  }

  bytes(bytes: Uint8Array, maxLength: number): void {
    if (bytes.length > maxLength)
      throw new PresenceEncodeError("too-large", `at most ${maxLength} bytes`, bytes.length);
    this.varUint(bytes.length);
    this.raw(bytes);
  }

  string(text: string, maxLength: number): void {
    if (text.length > maxLength)
      throw new PresenceEncodeError("too-large", `at most ${maxLength} characters`, text.length);
    this.bytes(utf8.encode(text), maxLength * 3);
  }

  id(id: string): void {
    if (!/^[A-Za-z0-9_-]+$/.test(id)) throw new PresenceEncodeError("bad-value", "an id", id);
    this.string(id, MAX_ID_LENGTH);
  }

  flag(value: boolean): void {
    this.u8(value ? 1 : 0);
  }

  finish(): Uint8Array {
    if (this.length > MAX_FRAME_BYTES)
      throw new PresenceEncodeError("too-large", `at most ${MAX_FRAME_BYTES} bytes`, this.length);
    return this.buffer.slice(0, this.length);
  }
}
