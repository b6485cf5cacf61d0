/** What waits: whose it is, and the document whose order it belongs to. */
export interface Queued {
  readonly userId: string;
  readonly document: string;
  /** bytes */
  readonly size: number;
}

interface Place<Item> {
  readonly item: Item;
  taken: boolean;
}

/**
 * What waits for the database. Users take turns, so that nobody's thousands are before a colleague's one; what belongs
 * to one document comes out in the order in which it went in. Whoever waits behind others of the same document
 * therefore spends the own turns on these.
 */
export class FairQueue<Item extends Queued> {
  readonly #byDocument = new Map<string, Fifo<Place<Item>>>();
  /** In the order of their turns. */
  readonly #byUser = new Map<string, Fifo<Place<Item>>>();

  get isEmpty(): boolean {
    return this.#byDocument.size === 0;
  }

  push(item: Item): void {
    const place = { item, taken: false };
    append(this.#byDocument, item.document, place);
    append(this.#byUser, item.userId, place);
  }

  /** The next ones: at most so many and, unless the first alone is more, so many bytes. */
  take(maxItems: number, maxBytes: number): Item[] {
    const batch: Item[] = [];
    let bytes = 0;
    for (let next = this.#next(); next && batch.length < maxItems; next = this.#next()) {
      bytes += next.item.size;
      if (batch.length > 0 && bytes > maxBytes) break;
      this.#remove(next);
      batch.push(next.item);
      this.#passTurn();
    }
    return batch;
  }

  /** Takes out everything of one document. */
  takeDocument(document: string): Item[] {
    const items: Item[] = [];
    for (
      let next = this.#byDocument.get(document)?.first;
      next;
      next = this.#byDocument.get(document)?.first
    ) {
      this.#remove(next);
      items.push(next.item);
    }
    return items;
  }

  /** The oldest of the document in which the user whose turn it is has waited longest. */
  #next(): Place<Item> | undefined {
    for (const [userId, own] of this.#byUser) {
      while (own.first?.taken) own.shift();
      if (own.first) return this.#byDocument.get(own.first.item.document)!.first;
      this.#byUser.delete(userId);
    }
    return undefined;
  }

  #passTurn(): void {
    const [userId, own] = this.#byUser.entries().next().value!;
    this.#byUser.delete(userId);
    this.#byUser.set(userId, own);
  }

  /** The first of its document. In its user's list it stays, marked, until that comes to it. */
  #remove(place: Place<Item>): void {
    place.taken = true;
    const { document } = place.item;
    const waiting = this.#byDocument.get(document)!;
    waiting.shift();
    if (!waiting.first) this.#byDocument.delete(document);
  }
}

/** First in, first out, without moving what waits for each that goes. */
class Fifo<Item> {
  #items: (Item | undefined)[] = [];
  #head = 0;

  get first(): Item | undefined {
    return this.#items[this.#head];
  }

  push(item: Item): void {
    this.#items.push(item);
  }

  shift(): void {
    this.#items[this.#head++] = undefined;
    if (2 * this.#head < this.#items.length) return;
    this.#items = this.#items.slice(this.#head);
    this.#head = 0;
  }
}

function append<Item>(lists: Map<string, Fifo<Item>>, key: string, item: Item): void {
  let list = lists.get(key);
  if (!list) {
    list = new Fifo();
    lists.set(key, list);
  }
  list.push(item);
}
