import * as decoding from "lib0/decoding";
import * as Y from "yjs";

/**
 * Decoding what strangers send. Two bytes can state a struct, a range or a client, and one an element of a value,
 * each of which becomes an object a hundred times as large; so what a frame may be made of is counted while it is
 * read, and reading ends where it is too much. V2 updates are never decoded (yjs#687).
 */

/** Structs, deleted ranges and elements of values in one update: more than twice those of 100,000 annotations. */
const MAX_PARTS = 1_000_000;
const MAX_STRUCTS = 300_000;
/** Clients in a state vector. */
const MAX_CLIENTS = 100_000;
/** Embeds and formats: parts of texts, which no layer has. */
const MAX_JSON = 64 << 10;
const MAX_DEPTH = 32;
/** lib0's tags of values. */
const ARRAY = 117;
const OBJECT = 118;

export type DecodedUpdate = ReturnType<typeof Y.decodeUpdate>;

/** Why bytes cannot be decoded, or should not be. */
export type Undecodable = "malformed-update" | "too-large";

/** Decodes a V1 update; never throws. */
export function decodeUpdate(bytes: Uint8Array): DecodedUpdate | Undecodable {
  try {
    // Despite the name, the decoder decides about the version.
    const update = Y.decodeUpdateV2(bytes, CountingDecoder);
    // Whatever is behind an update would be kept with it. It is how updates in V2 begin, too.
    return !decoding.hasContent(lastRead!) && rangesAreApart(update.ds) ? update : "malformed-update";
  } catch (error) {
    return error instanceof TooMuch ? "too-large" : "malformed-update";
  }
}

/** Whether the bytes are a state vector that Yjs may decode. */
export function isStateVector(bytes: Uint8Array): boolean {
  try {
    const decoder = decoding.createDecoder(bytes);
    const clients = decoding.readVarUint(decoder);
    if (clients > MAX_CLIENTS) return false;
    for (let i = 0; i < clients * 2; i++) decoding.readVarUint(decoder);
    return true;
  } catch {
    return false;
  }
}

/**
 * Ranges ascend and do not overlap, as every client writes them: each is walked along, so that a hundred thousand that
 * overlap would take minutes, and they are searched by halving.
 */
function rangesAreApart({ clients }: DecodedUpdate["ds"]): boolean {
  for (const ranges of clients.values()) {
    let end = 0;
    for (const { clock, len } of ranges) {
      if (clock < end) return false;
      end = clock + len;
    }
  }
  return true;
}

/** What the newest CountingDecoder reads: Yjs does not hand it out. */
let lastRead: decoding.Decoder | null = null;

class CountingDecoder extends Y.UpdateDecoderV1 {
  #structs = 0;
  #parts = 0;
  readonly #clients = new Set<number>();

  constructor(decoder: decoding.Decoder) {
    super(decoder);
    lastRead = decoder;
  }

  override readInfo(): number {
    if (++this.#structs > MAX_STRUCTS) throw new TooMuch();
    return super.readInfo();
  }

  override readDsClock(): number {
    this.#count();
    return super.readDsClock();
  }

  override readClient(): number {
    this.#count();
    const client = super.readClient();
    // Yjs applies the last of several parts only, and would wait for the first for ever.
    if (this.#clients.has(client)) throw new TypeError("a client twice");
    this.#clients.add(client);
    return client;
  }

  override readJSON(): unknown {
    const text = decoding.readVarString(this.restDecoder);
    if (text.length > MAX_JSON) throw new TooMuch();
    return JSON.parse(text);
  }

  override readAny(): unknown {
    return this.#readAny(0);
  }

  /** As lib0's, which knows no limit. */
  #readAny(depth: number): unknown {
    this.#count();
    const { restDecoder: decoder } = this;
    const tag = decoder.arr[decoder.pos];
    if (tag !== ARRAY && tag !== OBJECT) return decoding.readAny(decoder);
    if (depth >= MAX_DEPTH) throw new TooMuch();
    decoder.pos++;
    const length = decoding.readVarUint(decoder);
    if (tag === ARRAY) {
      const array: unknown[] = [];
      for (let i = 0; i < length; i++) array.push(this.#readAny(depth + 1));
      return array;
    }
    const object: Record<string, unknown> = {};
    for (let i = 0; i < length; i++) {
      const key = decoding.readVarString(decoder);
      // Not by assignment: "__proto__" is a key like any other to Yjs, and none to us.
      if (key === "__proto__") throw new TypeError("a key that is none");
      object[key] = this.#readAny(depth + 1);
    }
    return object;
  }

  #count(): void {
    if (++this.#parts > MAX_PARTS) throw new TooMuch();
  }
}

class TooMuch extends Error {}
