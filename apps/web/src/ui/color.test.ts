import { expect, test } from "vitest";
import { hexFromNumber, numberFromHex, parseHex, peoplePalette, textOn } from "./color.ts";

test("numbers and hex strings convert both ways", () => {
  expect(hexFromNumber(0x0000ff)).toBe("#0000ff");
  expect(numberFromHex("#0a0b0c")).toBe(0x0a0b0c);
});

test("what people type as a colour is understood or refused", () => {
  expect(parseHex(" FFF ")).toBe("#ffffff");
  expect(parseHex("#E69F00")).toBe("#e69f00");
  expect(parseHex("red")).toBeNull();
  expect(parseHex("#12345")).toBeNull();
});

test("initials read on every colour that a person can have", () => {
  expect(textOn("#ffff00")).toBe("#000000");
  expect(textOn("#0000ff")).toBe("#ffffff");
  for (const { value } of peoplePalette) expect(textOn(value)).toBe("#000000");
});
