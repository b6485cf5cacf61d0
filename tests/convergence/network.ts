import { checkUpdate } from "@coscope/annotations";
import * as Y from "yjs";
import type { Random } from "./random.ts";

/** What travels between a page and the server. */
type Message =
  | { readonly kind: "update"; readonly bytes: Uint8Array }
  | { readonly kind: "ask"; readonly vector: Uint8Array }
  | { readonly kind: "durable"; readonly vector: Uint8Array };

/** The page's end of a connection. */
export interface Page {
  readonly doc: Y.Doc;
  /** The server's durable state vector, as bytes. */
  onDurable(vector: Uint8Array): void;
}

interface Link {
  readonly page: Page;
  readonly up: Message[];
  readonly down: Message[];
  online: boolean;
}

const FROM_NETWORK = Symbol("network");

/**
 * A server with a durable document, and one link a page. Messages wait until `step` delivers one, in any order, or
 * loses it; links break and come back. Like the real server it refuses updates that break the protocol (here: an
 * error, since pages drive real commands) and asks again where something is missing.
 */
export class Network {
  readonly doc = new Y.Doc();
  private readonly links = new Map<Page, Link>();
  private readonly random: Random;

  constructor(random: Random) {
    this.random = random;
    this.doc.on("update", (bytes: Uint8Array, origin: unknown) => {
      for (const link of this.links.values()) {
        if (!link.online) continue;
        if (link !== origin) link.down.push({ kind: "update", bytes });
        link.down.push({ kind: "durable", vector: Y.encodeStateVector(this.doc) });
      }
    });
  }

  connect(page: Page): void {
    const link: Link = { page, up: [], down: [], online: false };
    this.links.set(page, link);
    page.doc.on("update", (bytes: Uint8Array, origin: unknown) => {
      if (link.online && origin !== FROM_NETWORK) link.up.push({ kind: "update", bytes });
    });
    this.setOnline(page, true);
  }

  /** The page is closed. What it had sent arrives or not, but nothing arrives later. */
  disconnect(page: Page): void {
    const link = this.links.get(page);
    if (!link) return;
    while (link.up.length > 0 && this.random.chance(0.7)) this.atServer(link, link.up.shift()!);
    this.links.delete(page);
  }

  isOnline(page: Page): boolean {
    return this.links.get(page)?.online ?? false;
  }

  setOnline(page: Page, online: boolean): void {
    const link = this.links.get(page);
    if (!link || link.online === online) return;
    link.online = online;
    link.up.length = 0;
    link.down.length = 0;
    if (!online) return;
    link.up.push({ kind: "ask", vector: Y.encodeStateVector(page.doc) });
    link.down.push({ kind: "ask", vector: Y.encodeStateVector(this.doc) });
    link.down.push({ kind: "durable", vector: Y.encodeStateVector(this.doc) });
  }

  /** Something happens on the network: mostly a message arrives, out of order; sometimes it is lost. */
  step(): void {
    const busy = [...this.links.values()].filter((link) => link.up.length + link.down.length > 0);
    if (busy.length === 0) return;
    const link = this.random.pick(busy);
    const upwards = link.down.length === 0 || (link.up.length > 0 && this.random.chance(0.5));
    const queue = upwards ? link.up : link.down;
    const at = this.random.chance(0.7) ? 0 : this.random.below(queue.length);
    const [message] = queue.splice(at, 1);
    if (!message || this.random.chance(0.05)) return;
    if (upwards) this.atServer(link, message);
    else this.atPage(link, message);
  }

  /** Everybody comes online, everything is delivered, and asked for again until all have all. */
  settle(): void {
    for (let round = 0; round < 100; round++) {
      for (const { page } of this.links.values()) {
        this.setOnline(page, false);
        this.setOnline(page, true);
      }
      while ([...this.links.values()].some((link) => link.up.length + link.down.length > 0)) {
        for (const link of this.links.values()) {
          while (link.up.length > 0) this.atServer(link, link.up.shift()!);
          while (link.down.length > 0) this.atPage(link, link.down.shift()!);
        }
      }
      const server = Y.encodeStateAsUpdate(this.doc);
      if ([...this.links.values()].every(({ page }) => same(Y.encodeStateAsUpdate(page.doc), server))) return;
    }
    throw new Error("The network never came to rest.");
  }

  private atServer(link: Link, message: Message): void {
    if (message.kind === "ask") {
      link.down.push({ kind: "update", bytes: Y.encodeStateAsUpdate(this.doc, message.vector) });
      return;
    }
    if (message.kind !== "update") return;
    const { unresolved } = checkUpdate(message.bytes, { doc: this.doc });
    if (unresolved > 0 || hasGap(this.doc, message.bytes)) {
      link.down.push({ kind: "ask", vector: Y.encodeStateVector(this.doc) });
      return;
    }
    Y.applyUpdate(this.doc, message.bytes, link);
  }

  private atPage(link: Link, message: Message): void {
    const { page } = link;
    if (message.kind === "update") Y.applyUpdate(page.doc, message.bytes, FROM_NETWORK);
    else if (message.kind === "durable") page.onDurable(message.vector);
    else if (link.online)
      link.up.push({ kind: "update", bytes: Y.encodeStateAsUpdate(page.doc, message.vector) });
  }
}

/** The server's rule: clocks without holes, and nothing that refers to what it does not have. */
function hasGap(doc: Y.Doc, bytes: Uint8Array): boolean {
  const { structs } = Y.decodeUpdate(bytes);
  const next = new Map<number, number>();
  for (const struct of structs) {
    const { client, clock } = struct.id;
    const expected = next.get(client) ?? Y.getState(doc.store, client);
    if (struct instanceof Y.Skip || clock > expected) return true;
    next.set(client, Math.max(expected, clock + struct.length));
  }
  const has = (id: Y.ID | null) =>
    !id || id.clock < (next.get(id.client) ?? Y.getState(doc.store, id.client));
  return structs.some((struct) => struct instanceof Y.Item && !has(struct.origin));
}

const same = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, i) => byte === b[i]);
