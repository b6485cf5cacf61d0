/** One element: names without their namespace prefix, attributes and text decoded. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  readonly text: string;
}

/** Says where and why a document could not be read. */
export class XmlError extends Error {
  override readonly name = "XmlError";
}

const MAX_CHARACTERS = 64 * 2 ** 20;
const MAX_ELEMENTS = 500_000;
const MAX_DEPTH = 64;

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function decoded(text: string): string {
  if (!text.includes("&")) return text;
  return text.replace(/&(#x[0-9a-f]{1,6}|#[0-9]{1,7}|[a-z]{1,8});/gi, (whole, body: string) => {
    if (body[0] !== "#") return ENTITIES[body] ?? whole;
    const code = /^#x/i.test(body) ? Number.parseInt(body.slice(2), 16) : Number(body.slice(1));
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

const localName = (name: string): string => name.slice(name.indexOf(":") + 1);

const ATTRIBUTE = /\s*([^\s=/>"']+)\s*=\s*(?:"([^"]*)"|'([^']*)')/y;
const TAG_NAME = /[^\s/>]+/y;

interface Open {
  readonly tag: string;
  readonly name: string;
  readonly attributes: Record<string, string>;
  readonly children: XmlElement[];
  text: string;
}

/**
 * Reads the XML that image formats carry (OME-XML, Deep Zoom). Deliberately
 * less than XML: no entities but the five and numeric ones, no DOCTYPE, so
 * that a document cannot grow or reach outside itself.
 * @throws XmlError
 */
export function parseXml(source: string): XmlElement {
  if (source.length > MAX_CHARACTERS) throw new XmlError(`${source.length} characters`);
  const stack: Open[] = [];
  let root: XmlElement | null = null;
  let elements = 0;
  let at = 0;

  const skipTo = (end: string, from: number): number => {
    const found = source.indexOf(end, from);
    if (found < 0) throw new XmlError(`nothing closes what begins at ${at}`);
    return found;
  };
  const close = (): void => {
    const { name, attributes, children, text } = stack.pop()!;
    const element = { name, attributes, children, text: text.trim() };
    const parent = stack.at(-1);
    if (parent) parent.children.push(element);
    else root = element;
  };

  while (root === null) {
    const next = source.indexOf("<", at);
    if (next < 0) throw new XmlError("it ends too early");
    const inside = stack.at(-1);
    if (inside && next > at) inside.text += decoded(source.slice(at, next));
    at = next;
    if (source.startsWith("<!--", at)) {
      at = skipTo("-->", at + 4) + 3;
    } else if (source.startsWith("<![CDATA[", at)) {
      const end = skipTo("]]>", at + 9);
      if (inside) inside.text += source.slice(at + 9, end);
      at = end + 3;
    } else if (source.startsWith("<?", at)) {
      at = skipTo("?>", at + 2) + 2;
    } else if (source.startsWith("<!", at)) {
      throw new XmlError("it has a document type, which is not read");
    } else if (source.startsWith("</", at)) {
      const end = skipTo(">", at + 2);
      const tag = source.slice(at + 2, end).trim();
      if (inside?.tag !== tag) throw new XmlError(`</${tag}> closes <${inside?.tag ?? ""}>`);
      close();
      at = end + 1;
    } else {
      TAG_NAME.lastIndex = at + 1;
      const tag = TAG_NAME.exec(source)?.[0];
      if (!tag) throw new XmlError(`a tag without a name at ${at}`);
      if (++elements > MAX_ELEMENTS || stack.length >= MAX_DEPTH)
        throw new XmlError("it is too large or deep");
      const attributes: Record<string, string> = Object.create(null);
      at = TAG_NAME.lastIndex;
      ATTRIBUTE.lastIndex = at;
      for (let match = ATTRIBUTE.exec(source); match; match = ATTRIBUTE.exec(source)) {
        attributes[localName(match[1]!)] = decoded(match[2] ?? match[3] ?? "");
        at = ATTRIBUTE.lastIndex;
      }
      const end = skipTo(">", at);
      const rest = source.slice(at, end).trim();
      if (rest !== "" && rest !== "/") throw new XmlError(`<${tag}> has something other than attributes`);
      stack.push({ tag, name: localName(tag), attributes, children: [], text: "" });
      if (rest === "/") close();
      at = end + 1;
    }
  }
  return root;
}

/** Direct children of a name. */
export function childrenOf(element: XmlElement | undefined, name: string): XmlElement[] {
  return element?.children.filter((child) => child.name === name) ?? [];
}

/** A finite number from an attribute, or undefined. */
export function numberAt(element: XmlElement | undefined, attribute: string): number | undefined {
  const text = element?.attributes[attribute];
  const value = text === undefined || text.trim() === "" ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : undefined;
}
