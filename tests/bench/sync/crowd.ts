import { contentHash, createLayerDocument, execute, makeAdd } from "@coscope/annotations";
import { HocuspocusProvider, HocuspocusProviderWebsocket } from "@hocuspocus/provider";
import * as Y from "yjs";
import { until } from "../../server/harness.ts";
import type { Candidate, Guest } from "./candidates.ts";

/** What a crowd saw, in ms; one crowd adds to the same samples round after round. */
export class Samples {
  /** From an edit to a colleague's document having it, one a pair. */
  readonly seen: number[] = [];
  /** From an edit to its author knowing that it is durable. Empty where the server does not say so. */
  readonly saved: number[] = [];
  edits = 0;
}

interface Seat {
  readonly guest: Guest;
  readonly room: string;
  readonly provider: HocuspocusProvider;
  readonly doc: Y.Doc;
  /** Own edits not known to be durable: clock after the edit and when it was made. */
  readonly unsaved: { clock: number; at: number }[];
}

export interface CrowdPlan {
  readonly people: number;
  readonly rooms: readonly string[];
  /** Indexes into `rooms` of those that a person is in. */
  seatsOf(person: number): readonly number[];
}

/** People with ordinary Hocuspocus providers, all in this process: one clock measures both ends. */
export class Crowd {
  readonly #sockets: HocuspocusProviderWebsocket[] = [];
  readonly #seats: Seat[] = [];
  /** By annotation id: when it was drawn. */
  readonly #drawn = new Map<string, number>();
  /** By room: the edits that everybody in it must have. */
  readonly #edits = new Map<string, string[]>();
  #samples = new Samples();

  readonly #tellsSaved: boolean;

  private constructor(tellsSaved: boolean) {
    this.#tellsSaved = tellsSaved;
  }

  static async gather(candidate: Candidate, plan: CrowdPlan): Promise<Crowd> {
    const crowd = new Crowd(candidate.tellsSaved);
    for (let person = 0; person < plan.people; person++) {
      const guest = await candidate.guest(`Person ${person}`);
      const websocketProvider = new HocuspocusProviderWebsocket({ url: candidate.socketUrl });
      crowd.#sockets.push(websocketProvider);
      for (const index of plan.seatsOf(person)) crowd.#sit(websocketProvider, guest, plan.rooms[index]!);
      // In waves, so that nobody's limit of new connections is met.
      if (person % 10 === 9) await crowd.#arrived();
    }
    await crowd.#arrived();
    return crowd;
  }

  #arrived = () => until(() => this.#seats.every(({ provider }) => provider.synced), 120_000);

  #sit(websocketProvider: HocuspocusProviderWebsocket, guest: Guest, room: string): void {
    const doc = new Y.Doc();
    const unsaved: Seat["unsaved"] = [];
    const provider = new HocuspocusProvider({
      websocketProvider,
      name: room,
      token: guest.token,
      document: doc,
      awareness: null,
      onStateless: ({ payload }) => {
        const message = JSON.parse(payload) as { t: string; sv?: string };
        if (message.t === "rejected") throw new Error(`an edit was refused: ${payload}`);
        if (message.t !== "durable" || unsaved.length === 0) return;
        const vector = Y.decodeStateVector(new Uint8Array(Buffer.from(message.sv!, "base64")));
        const clock = vector.get(doc.clientID) ?? 0;
        const now = performance.now();
        while (unsaved.length > 0 && unsaved[0]!.clock <= clock)
          this.#samples.saved.push(now - unsaved.shift()!.at);
      },
    });
    provider.attach();
    doc.getMap("origin").observe((event) => {
      if (event.transaction.local) return;
      const now = performance.now();
      for (const id of event.keysChanged) {
        const at = this.#drawn.get(id as string);
        if (at !== undefined) this.#samples.seen.push(now - at);
      }
    });
    this.#seats.push({ guest, room, provider, doc, unsaved });
  }

  #draw(seat: Seat): void {
    const command = makeAdd({
      author: seat.guest.userId,
      annotations: [
        {
          geometry: {
            kind: "rectangle",
            plane: { z: 0, t: 0 },
            x: 100 * Math.random(),
            y: 100 * Math.random(),
            width: 10,
            height: 10,
            rotation: 0,
          },
          classId: null,
        },
      ],
    });
    const { id } = command.annotations[0]!;
    const at = performance.now();
    this.#drawn.set(id, at);
    const edits = this.#edits.get(seat.room);
    if (edits) edits.push(id);
    else this.#edits.set(seat.room, [id]);
    execute(createLayerDocument(seat.doc), command, "bench");
    if (this.#tellsSaved) seat.unsaved.push({ clock: Y.getState(seat.doc.store, seat.doc.clientID), at });
    this.#samples.edits++;
  }

  /** Everybody draws at a steady pace, each in turn in the rooms that they are in. Resolves once all have everything. */
  async draw(samples: Samples, editsPerSecond: number, ms: number): Promise<void> {
    this.#samples = samples;
    this.#edits.clear();
    const people = Map.groupBy(this.#seats, ({ guest }) => guest);
    const interval = 1000 / editsPerSecond;
    const stop = performance.now() + ms;
    await Promise.all(
      [...people.values()].map(async (seats) => {
        // An open loop: who is late does not draw less for it.
        let next = performance.now() + Math.random() * interval;
        for (let i = Math.floor(Math.random() * seats.length); next < stop; i++) {
          await new Promise((resolve) => setTimeout(resolve, Math.max(0, next - performance.now())));
          this.#draw(seats[i % seats.length]!);
          next += interval;
        }
      }),
    );
    await until(() => this.missing() === 0, 60_000).catch(() => {});
    await until(() => this.#seats.every(({ unsaved }) => unsaved.length === 0), 60_000).catch(() => {});
  }

  /** Edits that somebody in their room does not have, of the last `draw`. */
  missing(): number {
    let count = 0;
    for (const { doc, room } of this.#seats) {
      const origin = doc.getMap("origin");
      for (const id of this.#edits.get(room) ?? []) if (!origin.has(id)) count++;
    }
    return count;
  }

  /** Edits of this crowd that their authors were not told to be durable. */
  get unsaved(): number {
    return this.#seats.reduce((sum, { unsaved }) => sum + unsaved.length, 0);
  }

  /** Whether all in a room hold the same, to the last byte that means anything. */
  agree(): boolean {
    const rooms = Map.groupBy(this.#seats, ({ room }) => room);
    return [...rooms.values()].every((seats) => new Set(seats.map(({ doc }) => contentHash(doc))).size === 1);
  }

  leave(): void {
    for (const { provider } of this.#seats) provider.destroy();
    for (const socket of this.#sockets) socket.destroy();
  }
}
