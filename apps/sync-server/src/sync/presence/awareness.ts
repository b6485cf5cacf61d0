import {
  decodeServerFrame,
  encodeJoin,
  encodeLeave,
  encodePatch,
  type PeerCursor,
  type PeerState,
} from "@coscope/annotations/presence";
import * as decoding from "lib0/decoding";
import * as encoding from "lib0/encoding";
import { createBucket } from "../../bucket.ts";

/** Types of y-websocket's messages. */
export const AWARENESS = 1;
const MAX_BYTES = 16 << 10;
/** y-websocket sends back whatever it is told, so more come than anybody means. */
const FRAMES = { burst: 60, perSecond: 20 };
/** How often others see a change, and how often such a client does. */
const IN_EVERY_MS = 200;
const OUT_EVERY_MS = 500;
/** y-protocols forgets who said nothing for 30 s. */
const RENEW_MS = 15_000;
/** Ids of people in awareness: above all that Yjs chooses for itself. */
const FIRST_ID = 2 ** 32;

interface Shown {
  clock: number;
  state: PeerState | null;
}

/**
 * Presence for one client of `/yjs`: the awareness that ordinary Yjs providers speak, at a low rate. What it may say
 * is where its cursor is; who it is, is known from its session. It joins with the first state that it sends.
 */
export class AwarenessBridge {
  readonly #imageId: string;
  readonly #toHub: (frame: Uint8Array) => void;
  readonly #send: (message: Uint8Array) => void;
  readonly #mayCome = createBucket(FRAMES.burst, FRAMES.perSecond);
  readonly #shown = new Map<number, Shown>();
  readonly #changed = new Set<number>();
  /** The client's own id; what it says about others is not heard. */
  #clientId: number | null = null;
  #present = false;
  #cursor: PeerCursor | null = null;
  #incoming: NodeJS.Timeout | null = null;
  #outgoing: NodeJS.Timeout | null = null;
  readonly #renewing = setInterval(() => this.#renew(), RENEW_MS).unref();

  /** `toHub` takes presence frames as a page sends them, `send` what goes onto the socket. */
  constructor(options: {
    imageId: string;
    toHub(frame: Uint8Array): void;
    send(message: Uint8Array): void;
  }) {
    this.#imageId = options.imageId;
    this.#toHub = (frame) => options.toHub(frame);
    this.#send = (message) => options.send(message);
  }

  /** A message of type AWARENESS. Never throws: what cannot be read is not heard. */
  receive(message: Uint8Array): void {
    if (message.length > MAX_BYTES || !this.#mayCome(1)) return;
    let own: { state: unknown } | null;
    try {
      own = this.#ownState(message);
    } catch {
      return;
    }
    if (!own) return;
    if (own.state === null) {
      this.#cursor = null;
      if (this.#present) this.#toHub(encodeLeave());
      this.#present = false;
      return;
    }
    if (!this.#present) this.#toHub(encodeJoin(this.#imageId));
    this.#present = true;
    this.#cursor = cursorIn(own.state);
    this.#incoming ??= setTimeout(() => {
      this.#incoming = null;
      if (this.#present) this.#toHub(encodePatch({ cursor: this.#cursor }));
    }, IN_EVERY_MS);
  }

  /** A presence frame for a page. */
  show(bytes: Uint8Array): void {
    const frame = decodeServerFrame(bytes);
    if (frame.kind === "welcome") {
      const here = new Set(frame.peers.map(({ peerId }) => peerId));
      for (const peerId of this.#shown.keys()) if (!here.has(peerId)) this.#change(peerId, null);
      for (const peer of frame.peers) this.#change(peer.peerId, peer);
    } else if (frame.kind === "joined") this.#change(frame.peer.peerId, frame.peer);
    else if (frame.kind === "left") this.#change(frame.peerId, null);
    else if (frame.kind === "peers") {
      for (const { peerId, patch } of frame.patches) {
        const before = this.#shown.get(peerId)?.state;
        // Where they look and what they draw is for pages.
        if (before && patch.cursor !== undefined) this.#change(peerId, { ...before, cursor: patch.cursor });
      }
    }
  }

  close(): void {
    clearInterval(this.#renewing);
    if (this.#incoming) clearTimeout(this.#incoming);
    if (this.#outgoing) clearTimeout(this.#outgoing);
  }

  #ownState(message: Uint8Array): { state: unknown } | null {
    const decoder = decoding.createDecoder(message);
    decoding.readVarUint(decoder);
    const states = decoding.createDecoder(decoding.readVarUint8Array(decoder));
    let own: { state: unknown } | null = null;
    for (let left = decoding.readVarUint(states); left > 0; left--) {
      const clientId = decoding.readVarUint(states);
      decoding.readVarUint(states);
      const text = decoding.readVarString(states);
      if (clientId >= FIRST_ID && this.#shown.has(clientId - FIRST_ID)) continue;
      this.#clientId ??= clientId;
      if (clientId === this.#clientId) own = { state: JSON.parse(text) };
    }
    return own;
  }

  #change(peerId: number, state: PeerState | null): void {
    const shown = this.#shown.get(peerId) ?? { clock: 0, state: null };
    this.#shown.set(peerId, { ...shown, state });
    this.#changed.add(peerId);
    this.#outgoing ??= setTimeout(() => this.#flush(), OUT_EVERY_MS);
  }

  #renew(): void {
    if (!this.#present) return;
    for (const [peerId, { state }] of this.#shown) if (state) this.#changed.add(peerId);
    this.#flush();
  }

  #flush(): void {
    this.#outgoing = null;
    if (this.#changed.size === 0) return;
    const update = encoding.createEncoder();
    encoding.writeVarUint(update, this.#changed.size);
    for (const peerId of this.#changed) {
      const shown = this.#shown.get(peerId)!;
      encoding.writeVarUint(update, FIRST_ID + peerId);
      encoding.writeVarUint(update, ++shown.clock);
      const { user, cursor } = shown.state ?? {};
      encoding.writeVarString(update, JSON.stringify(shown.state && { user, cursor }));
    }
    this.#changed.clear();
    const message = encoding.createEncoder();
    encoding.writeVarUint(message, AWARENESS);
    encoding.writeVarUint8Array(message, encoding.toUint8Array(update));
    this.#send(encoding.toUint8Array(message));
  }
}

/** `{ cursor: { x, y, tool?, pressed? } }` in image px; anything else is no cursor. */
function cursorIn(state: unknown): PeerCursor | null {
  const cursor = (state as { cursor?: unknown }).cursor as Partial<PeerCursor> | null | undefined;
  const { x, y } = cursor ?? {};
  if (!isPlace(x) || !isPlace(y)) return null;
  const tool = typeof cursor?.tool === "string" && /^[\w-]{1,20}$/.test(cursor.tool) ? cursor.tool : "select";
  return { x, y, tool, pressed: cursor?.pressed === true };
}

const isPlace = (value: unknown): value is number =>
  typeof value === "number" && Number.isFinite(value) && Math.abs(value) < 2 ** 24;
