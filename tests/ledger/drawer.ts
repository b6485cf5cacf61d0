import {
  type Command,
  createLayerDocument,
  createQuery,
  execute,
  type LayerDocument,
  makeAdd,
  makeMove,
  makeReclass,
  makeRelabel,
  makeRemove,
  memoryOutboxStore,
  Outbox,
  type OutboxEntry,
  type Outcome,
  replayQueue,
} from "@coscope/annotations";
import * as Y from "yjs";
import { type Person, until } from "../server/harness.ts";
import { type ClientKind, type Line, openLine } from "./lines.ts";
import type { Random } from "./random.ts";

/** One line of the ledger. */
export interface Operation {
  readonly type: Command["type"];
  readonly id: string;
  /** The Yjs clocks that it took last: another document's after a reload. */
  clientId: number;
  clockTo: number;
  acknowledged: boolean;
  /** A colleague's later edit stands in its place: it was never sent, and there is nothing of it to look for. */
  yielded: boolean;
}

/** What an annotation must be like in the end: only its author moves, labels or removes it. */
export interface Expected {
  x: number;
  label: string;
  removed: boolean;
}

/** Between two edits of one person. */
const PAUSE_MS = 120;
const DAY_MS = 86_400_000;
/** Nobody draws more than this without being told that it is saved: an outage is not to become a flood. */
const MOST_PENDING = 100;

/**
 * Somebody who draws without pause and writes down what was sent and what the server said is saved. Works like our
 * page: an outbox that outlives `reload`, replayed into the new document.
 */
export class Drawer {
  readonly kind: ClientKind;
  readonly person: Person;
  readonly room: string;
  /** By the command's stamp. */
  readonly ledger = new Map<string, Operation>();
  readonly expected = new Map<string, Expected>();
  /** What the server refused; must stay empty. */
  readonly refusals: string[] = [];
  acknowledged = 0;
  reloads = 0;
  replayed = 0;
  doc!: Y.Doc;
  readonly #random: Random;
  /** How wrong this person's clock goes. */
  readonly #clockSkewMs: number;
  readonly #disk = memoryOutboxStore();
  #outbox!: Outbox;
  #layer!: LayerDocument;
  #line!: Line;
  #vector: Map<number, number> = new Map();
  #drawing = false;
  #timer: NodeJS.Timeout | null = null;

  constructor(kind: ClientKind, person: Person, room: string, random: Random) {
    this.kind = kind;
    this.person = person;
    this.room = room;
    this.#random = random;
    this.#clockSkewMs = Math.round((random() - 0.5) * 2 * DAY_MS);
  }

  /** Opens the room with a new document, brings back what the outbox has, and draws on. */
  async open(): Promise<void> {
    const doc = new Y.Doc();
    this.doc = doc;
    this.#layer = createLayerDocument(doc);
    this.#outbox = new Outbox(this.#disk, { userId: this.person.user.id, tabId: "tab" });
    await this.#outbox.load();
    let answered = false;
    const line = openLine(this.kind, this.person, this.room, doc, {
      onDurable: (vector) => {
        if (this.doc !== doc) return;
        answered = true;
        this.#durable(vector);
      },
      onRefused: (why) => this.refusals.push(why),
    });
    this.#line = line;
    await until(() => this.doc !== doc || (line.synced && answered), 120_000);
    if (this.doc !== doc) return;
    this.#resume();
    this.#drawing = true;
    this.#later();
  }

  /** The page goes from one moment to the next, and comes back with nothing but its outbox. */
  async reload(): Promise<void> {
    this.reloads++;
    this.leave();
    await this.open();
  }

  rest(): void {
    this.#drawing = false;
    if (this.#timer) clearTimeout(this.#timer);
  }

  leave(): void {
    this.rest();
    this.#line.destroy();
  }

  /** For the message of a run that does not go on. */
  get state(): string {
    const waiting = this.#outbox.pending().length;
    return `${this.kind}: ${this.acknowledged} acknowledged, ${waiting} waiting, synced ${this.#line.synced}`;
  }

  get allAcknowledged(): boolean {
    return this.#outbox.pending().length === 0 && this.acknowledged === this.ledger.size;
  }

  #later(): void {
    this.#timer = setTimeout(() => {
      if (!this.#drawing) return;
      if (this.#outbox.pending().length < MOST_PENDING) this.#draw();
      this.#later();
    }, this.#random() * PAUSE_MS);
  }

  #draw(): void {
    const own = [...this.expected].filter(([, { removed }]) => !removed);
    const chance = this.#random();
    const pick = own[Math.floor(this.#random() * own.length)];
    if (!pick || chance < 0.4) this.#add();
    else if (chance < 0.65) {
      pick[1].x += 1;
      this.#run(makeMove([pick[0]], 1, 0), pick[0]);
    } else if (chance < 0.8) {
      pick[1].label = `${Number(pick[1].label) + 1}`;
      this.#run(makeRelabel(pick[0], pick[1].label), pick[0]);
    } else if (chance < 0.85) {
      pick[1].removed = true;
      this.#run(makeRemove([pick[0]]), pick[0]);
    } else {
      // Anybody's: several may do this at once, and one of them wins.
      const all = [...this.doc.getMap("origin").keys()];
      const id = all[Math.floor(this.#random() * all.length)]!;
      this.#run(makeReclass([id], `class-${Math.floor(this.#random() * 1_000_000)}`), id);
    }
  }

  #add(): void {
    const x = Math.floor(this.#random() * 60_000);
    const command = makeAdd({
      author: this.person.user.id,
      created: Date.now() + this.#clockSkewMs,
      annotations: [
        {
          geometry: { kind: "rectangle", plane: { z: 0, t: 0 }, x, y: 0, width: 10, height: 10, rotation: 0 },
          classId: null,
          label: "0",
        },
      ],
    });
    const { id } = command.annotations[0]!;
    this.expected.set(id, { x, label: "0", removed: false });
    this.#run(command, id);
  }

  #run(command: Command, id: string): void {
    const outcome = execute(this.#layer, command, "drawer");
    // Somebody else's annotation that was removed meanwhile takes no class.
    if (outcome.clockFrom === outcome.clockTo) {
      if (command.type !== "reclass") throw new Error(`${command.type} of ${id} wrote nothing.`);
      return;
    }
    const { stamp, type } = command;
    const { clientId, clockTo } = outcome;
    this.ledger.set(stamp, { type, id, clientId, clockTo, acknowledged: false, yielded: false });
    void this.#outbox.add(this.#entry(stamp, outcome, this.ledger.size));
  }

  #entry(key: string, { command, clientId, clockFrom, clockTo }: Outcome, at: number): OutboxEntry {
    const place = { imageId: "demo", layerId: "layer", room: this.room, tabId: "tab" };
    return { key, userId: this.person.user.id, ...place, command, clientId, clockFrom, clockTo, at };
  }

  #durable(vector: Map<number, number>): void {
    this.#vector = vector;
    const before = this.#outbox.pending();
    void this.#outbox.durable(this.room, vector);
    const open = new Set(this.#outbox.pending().map(({ key }) => key));
    for (const { key } of before) if (!open.has(key)) this.#acknowledge(key);
  }

  #acknowledge(stamp: string): void {
    const operation = this.ledger.get(stamp)!;
    if (operation.acknowledged) return;
    operation.acknowledged = true;
    this.acknowledged++;
  }

  /** Command by command; what had arrived without our hearing of it is not written again. */
  #resume(): void {
    const waiting = this.#outbox.pending();
    const { results } = replayQueue(this.#layer, waiting, "drawer");
    results.forEach(({ key, outcome }, i) => {
      if (outcome.clockFrom === outcome.clockTo) {
        // It is here, so it came from the server, which shows only what is durable; or it lost to a later edit.
        const operation = this.ledger.get(key)!;
        const isHere = Y.getState(this.doc.store, operation.clientId) >= operation.clockTo;
        // Only classes are given to others' annotations.
        operation.yielded = !isHere && operation.type === "reclass";
        this.#acknowledge(key);
        void this.#outbox.forget([key]);
        return;
      }
      this.replayed++;
      Object.assign(this.ledger.get(key)!, { clientId: outcome.clientId, clockTo: outcome.clockTo });
      void this.#outbox.add(this.#entry(key, outcome, waiting[i]!.at));
    });
    this.#durable(this.#vector);
  }
}

/** Every annotation of a document as this ledger counts it. */
export function contentsOf(doc: Y.Doc): Map<string, Omit<Expected, "removed">> {
  const query = createQuery(createLayerDocument(doc));
  const contents = new Map<string, Omit<Expected, "removed">>();
  for (const { id, geometry, label } of query.all())
    contents.set(id, { x: geometry.kind === "rectangle" ? geometry.x : Number.NaN, label });
  query.destroy();
  return contents;
}
