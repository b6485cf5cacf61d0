import * as encoding from "lib0/encoding";
import * as Y from "yjs";

type Struct = Y.Item | Y.GC | Y.Skip;
/** By client, in the order of their clocks. */
type StructsByClient = ReadonlyMap<number, readonly Struct[]>;

/**
 * A state in several updates. A slow line carries one of them in seconds, where one update of everything would take
 * minutes in which nothing else is heard, and what has arrived stays when the line breaks.
 *
 * Each holds, with those before it, all that its structs rest upon, so that nobody has to keep any of it aside. None
 * holds deletions: they come last, `Y.encodeStateAsUpdate(doc, Y.encodeStateVector(doc))` is all of them.
 */
export class Pieces {
  readonly #structs: StructsByClient;
  readonly #clients: number[];
  /** Clocks up to which everything was there or has been handed out, exclusive. */
  readonly taken: Map<number, number>;
  /** Where it ends, exclusive. */
  readonly #ends: ReadonlyMap<number, number>;

  private constructor(
    structs: StructsByClient,
    taken: Map<number, number>,
    ends: ReadonlyMap<number, number>,
  ) {
    this.#structs = structs;
    this.taken = taken;
    this.#ends = ends;
    this.#clients = [...ends.keys()];
  }

  /**
   * What `doc` has now and whoever has `stateVector` has not. The document may be changed between one piece and the
   * next: its changes since now are not part of this.
   */
  static of(doc: Y.Doc, stateVector: ReadonlyMap<number, number>): Pieces {
    const ends = Y.decodeStateVector(Y.encodeStateVector(doc));
    const taken = [...ends.keys()].map((client) => [client, stateVector.get(client) ?? 0] as const);
    return new Pieces(doc.store.clients, new Map(taken), ends);
  }

  /** An update that leaves out no clock; null for one that does. */
  static ofUpdate(update: Uint8Array): Pieces | null {
    const structs = new Map<number, Struct[]>();
    const starts = new Map<number, number>();
    const ends = new Map<number, number>();
    for (const struct of Y.decodeUpdate(update).structs) {
      if (struct instanceof Y.Skip) return null;
      const { client, clock } = struct.id;
      const own = structs.get(client);
      if (own) own.push(struct);
      else structs.set(client, [struct]);
      if (!own) starts.set(client, clock);
      ends.set(client, clock + struct.length);
    }
    return new Pieces(structs, starts, ends);
  }

  /** The next update, a little larger than `bytes` if there is so much; null when there is nothing left. */
  next(bytes: number): Uint8Array | null {
    const piece = new Piece();
    while (piece.bytes < bytes) {
      const client = this.#clients.at(-1);
      if (client === undefined) break;
      if (this.#has(client)) this.#takeWithGround(piece, client);
      else this.#clients.pop();
    }
    return piece.bytes > 0 ? piece.encode() : null;
  }

  #clockOf(client: number): number {
    return this.taken.get(client) ?? 0;
  }

  #has(client: number): boolean {
    return this.#clockOf(client) < (this.#ends.get(client) ?? 0);
  }

  /** The next struct of a client, and what it rests upon. In one update their order is free. */
  #takeWithGround(piece: Piece, client: number): void {
    const needed = this.#take(piece, client);
    for (let id = needed.pop(); id; id = needed.pop())
      while (this.#clockOf(id.client) <= id.clock && this.#has(id.client))
        needed.push(...this.#take(piece, id.client));
  }

  #take(piece: Piece, client: number): Y.ID[] {
    const clock = this.#clockOf(client);
    const struct = piece.add(client, clock, this.#structs.get(client)!);
    this.taken.set(client, struct.id.clock + struct.length);
    return groundOf(struct);
  }
}

/** One update in the making: a run of structs for each client. */
class Piece {
  readonly #runs = new Map<
    number,
    { from: number; index: number; count: number; encoder: Y.UpdateEncoderV1 }
  >();
  bytes = 0;

  /** Adds the struct at `clock`, or what of it is not before that. */
  add(client: number, clock: number, structs: readonly Struct[]): Struct {
    let run = this.#runs.get(client);
    if (!run) {
      const index = Y.findIndexSS(structs as (Y.Item | Y.GC)[], clock);
      run = { from: clock, index, count: 0, encoder: new Y.UpdateEncoderV1() };
      this.#runs.set(client, run);
    }
    const struct = structs[run.index + run.count]!;
    const before = encoding.length(run.encoder.restEncoder);
    struct.write(run.encoder, clock - struct.id.clock);
    run.count++;
    this.bytes += encoding.length(run.encoder.restEncoder) - before;
    return struct;
  }

  encode(): Uint8Array {
    const update = encoding.createEncoder();
    encoding.writeVarUint(update, this.#runs.size);
    // As Yjs orders them.
    for (const [client, { from, count, encoder }] of [...this.#runs].sort(([a], [b]) => b - a)) {
      encoding.writeVarUint(update, count);
      encoding.writeVarUint(update, client);
      encoding.writeVarUint(update, from);
      encoding.writeUint8Array(update, encoding.toUint8Array(encoder.restEncoder));
    }
    // No deletions.
    encoding.writeVarUint(update, 0);
    return encoding.toUint8Array(update);
  }
}

/** What has to be there before a struct can be. */
function groundOf(struct: Struct): Y.ID[] {
  if (!(struct instanceof Y.Item)) return [];
  const { origin, rightOrigin } = struct;
  // An ID where it was decoded, a type where it is part of a document.
  const parent = struct.parent as Y.ID | Y.AbstractType<unknown> | string | null;
  const above = parent instanceof Y.AbstractType ? parent._item?.id : parent instanceof Y.ID ? parent : null;
  return [origin, rightOrigin, above].filter((id) => id instanceof Y.ID);
}

/**
 * An update as several of about `bytes` each, to be applied in this order. What cannot be taken apart, or is small,
 * stays in one.
 */
export function inPieces(update: Uint8Array, bytes: number): Uint8Array[] {
  if (update.byteLength <= bytes) return [update];
  const pieces = Pieces.ofUpdate(update);
  if (!pieces) return [update];
  const all: Uint8Array[] = [];
  for (let piece = pieces.next(bytes); piece; piece = pieces.next(bytes)) all.push(piece);
  // No structs, all deletions.
  return [...all, Y.diffUpdate(update, Y.encodeStateVectorFromUpdate(update))];
}
