import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { childrenOf, numberAt, parseXml, XmlError } from "./xml.ts";

describe("parseXml", () => {
  it("reads elements, attributes and text, without prefixes", () => {
    const root = parseXml(
      `<?xml version="1.0"?><!-- a > b --><ome:OME xmlns:ome="x"><a n='1 &lt; 2' ome:m="&#181;&#x6d;"/><b><![CDATA[<&>]]> &amp; more</b></ome:OME>`,
    );
    expect(root.name).toBe("OME");
    expect(childrenOf(root, "a")[0]?.attributes).toMatchObject({ n: "1 < 2", m: "µm" });
    expect(childrenOf(root, "b")[0]?.text).toBe("<&> & more");
    expect(numberAt(parseXml(`<a x=" 2.5 " y="" z="none"/>`), "x")).toBe(2.5);
    expect(numberAt(parseXml(`<a y=""/>`), "y")).toBeUndefined();
  });

  it("refuses document types: an entity cannot grow or reach outside", () => {
    const bomb = `<!DOCTYPE a [<!ENTITY b "bbb"><!ENTITY c "&b;&b;">]><a>&c;</a>`;
    expect(() => parseXml(bomb)).toThrow("document type");
    expect(parseXml("<a>&c;</a>").text).toBe("&c;");
  });

  it("refuses what does not close, or is too deep", () => {
    for (const text of [
      "",
      "<a>",
      "<a></b>",
      "<a b>",
      "<a b=c/>",
      "<a",
      "<>",
      "<a><!-- </a>",
      "x".repeat(10),
    ]) {
      expect(() => parseXml(text)).toThrow(XmlError);
    }
    expect(() => parseXml("<a>".repeat(100) + "</a>".repeat(100))).toThrow("deep");
  });

  it("an attribute cannot reach the prototype", () => {
    const { attributes } = parseXml(`<a __proto__="1" constructor="2"/>`);
    expect(Object.keys(attributes)).toEqual(["__proto__", "constructor"]);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });

  it("throws XmlError or nothing, whatever it is given", () => {
    const pieces = fc.constantFrom(
      "<",
      ">",
      "/",
      "a",
      "=",
      '"',
      "'",
      "<!--",
      "-->",
      "<![CDATA[",
      "]]>",
      "&",
      "&lt;",
      "<?",
      " ",
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 40 }), (parts) => {
        try {
          parseXml(parts.join(""));
        } catch (error) {
          if (!(error instanceof XmlError)) throw error;
        }
      }),
    );
  });

  it("is linear in the length of a text that closes nothing", () => {
    const text = `<a ${'b="c" '.repeat(50_000)}`;
    expect(() => parseXml(text)).toThrow(XmlError);
  });
});
