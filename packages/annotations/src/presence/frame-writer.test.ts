import { expect, test } from "vitest";
import { FrameWriter } from "./frame-writer.ts";

test("numbers that straddle the first buffer are written whole", () => {
  for (let before = 56; before <= 66; before += 1) {
    const writer = new FrameWriter();
    for (let i = 0; i < before; i += 1) writer.u8(1);
    writer.f32(0.5);
    writer.u16(0x1234);
    writer.u24(0xabcdef);
    const bytes = writer.finish();
    const view = new DataView(bytes.buffer);
    expect(view.getFloat32(before)).toBe(0.5);
    expect(view.getUint16(before + 4)).toBe(0x1234);
    expect([...bytes.subarray(before + 6)]).toEqual([0xab, 0xcd, 0xef]);
  }
});
