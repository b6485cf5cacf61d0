import {
  type AnnotationSnapshot,
  type Command,
  type Conflict,
  type ConflictKeeper,
  covers,
  createConflictKeeper,
  createLayerDocument,
  createQuery,
  decodeStateVector,
  execute,
  type Geometry,
  type Json,
  type LayerDocument,
  type LayerQuery,
  LOCKED,
  makeAdd,
  makeBrush,
  makeMove,
  makeReclass,
  makeRelabel,
  makeRemove,
  makeReshape,
  makeRestore,
  makeSetAttribute,
  type Outcome,
  replayQueue,
  type Stamp,
  translateGeometry,
  UndoStack,
} from "@coscope/annotations";
import * as Y from "yjs";
import type { Ledger } from "./ledger.ts";
import type { Network, Page } from "./network.ts";
import type { Random } from "./random.ts";

interface Kept {
  key: string;
  command: Command;
  clientId: number;
  clockFrom: number;
  clockTo: number;
  durable: boolean;
}

const LAYER = "layer";

/** A person at a page: real commands, real undo, an outbox, and now and then a reload. */
export class Editor {
  readonly name: string;
  reloads = 0;
  layer!: LayerDocument;
  query!: LayerQuery;
  undo!: UndoStack;
  private page!: Page;
  private keeper!: ConflictKeeper;
  private kept: Kept[] = [];
  private readonly stamps = new Set<Stamp>();
  private readonly clients = new Set<number>();
  private readonly random: Random;
  private readonly network: Network;
  private readonly ledger: Ledger;
  private serial = 0;

  constructor(name: string, random: Random, network: Network, ledger: Ledger) {
    this.name = name;
    this.random = random;
    this.network = network;
    this.ledger = ledger;
    this.open();
  }

  private open(): void {
    const doc = new Y.Doc();
    doc.clientID = this.random.below(2 ** 32);
    Y.applyUpdate(doc, Y.encodeStateAsUpdate(this.network.doc));
    this.layer = createLayerDocument(doc);
    this.query = createQuery(this.layer);
    this.undo = new UndoStack((_, command) => this.run(command));
    this.keeper = createConflictKeeper(this.layer, {
      remembered: { stamps: this.stamps, clients: this.clients },
      run: (command) => this.run(command),
      onReapplied: (lost, outcome) => this.undo.amend(LAYER, lost, outcome),
      onConflict: (conflict) => this.tell(conflict),
    });
    this.page = { doc, onDurable: (vector) => this.onDurable(vector) };
  }

  /** Closes the page and opens it again: undo is gone, what was not yet durable is replayed. */
  reload(): void {
    this.network.disconnect(this.page);
    this.keeper.destroy();
    this.query.destroy();
    this.reloads++;
    this.open();
    const queue = this.kept;
    const arrived = queue.map((entry) => Y.getState(this.layer.doc.store, entry.clientId) >= entry.clockTo);
    const { results, conflicts } = replayQueue(this.layer, queue, this);
    this.kept = [];
    results.forEach(({ outcome }, i) => {
      // What has arrived is kept as a receipt: it tells what was lost while the page was closed.
      if (arrived[i]) this.kept.push({ ...queue[i]!, durable: true });
      this.ledger.noteAbsorbed(this.layer.doc, outcome.command);
      if (outcome.touched.length === 0) return;
      this.keep(outcome);
      this.noteWritten(outcome);
    });
    for (const conflict of conflicts) this.tell(conflict);
    this.network.connect(this.page);
  }

  connect(): void {
    this.network.connect(this.page);
  }

  toggleNetwork(): void {
    this.network.setOnline(this.page, !this.network.isOnline(this.page));
  }

  get pending(): number {
    return this.kept.filter((entry) => !entry.durable).length;
  }

  /** Does something that a person could do now. */
  act(): void {
    const choice = this.random.next();
    if (choice < 0.12) this.undo.undo();
    else if (choice < 0.18) this.undo.redo();
    else {
      const command = this.makeCommand();
      if (command) this.undo.push(LAYER, this.run(command));
    }
  }

  private makeCommand(): Command | null {
    const { random } = this;
    const stamp = random.hex(8);
    const visible = [...this.query.all()].sort((a, b) => (a.id < b.id ? -1 : 1));
    const choice = random.next();
    if (visible.length < 3 || choice < 0.15) {
      const annotations = Array.from({ length: 1 + random.below(3) }, () => ({
        id: `${this.name}${this.reloads}x${this.serial++}`,
        geometry: randomGeometry(random),
        classId: random.chance(0.5) ? `class${random.below(4)}` : null,
        label: random.chance(0.3) ? `label ${random.below(9)}` : "",
        ...(random.chance(0.2) && { attributes: { grade: random.below(4) } }),
      }));
      return makeAdd({ author: this.name, annotations, created: 1_790_000_000_000, stamp });
    }
    // Few annotations get most of the edits, so that people meet.
    const few = visible.slice(0, 4);
    const ids = [...new Set(Array.from({ length: 1 + random.below(3) }, () => random.pick(few).id))];
    const one = random.pick(few);
    if (choice < 0.35) {
      const geometry = translateGeometry(randomGeometry(random), random.below(50), 0);
      return makeReshape(one.id, geometry, stamp);
    }
    if (choice < 0.5) return this.makeStroke(one, stamp);
    if (choice < 0.6) return makeMove(ids, random.below(41) - 20, random.below(41) - 20, stamp);
    if (choice < 0.7) return makeRemove(ids, stamp);
    if (choice < 0.76) {
      const removed = [...this.layer.maps.origin.keys()].filter((id) => !this.query.get(id)).sort();
      return removed.length > 0 ? makeRestore([random.pick(removed)], stamp) : null;
    }
    if (choice < 0.83) {
      const grade = random.pick<Json>([null, 1, 2, "high", ["a", 1], { of: 3 }]);
      return makeSetAttribute(ids, "grade", grade, stamp);
    }
    if (choice < 0.86) return makeSetAttribute(ids, LOCKED, random.chance(0.5) ? true : null, stamp);
    if (choice < 0.93) return makeReclass(ids, random.chance(0.2) ? null : `class${random.below(6)}`, stamp);
    return makeRelabel(one.id, `label ${random.below(20)}`, stamp);
  }

  /** A stroke across the shape, or beside it; some take all of it. */
  private makeStroke({ id, bounds }: AnnotationSnapshot, stamp: Stamp): Command {
    const { random } = this;
    const size = Math.max(bounds.maxX - bounds.minX, bounds.maxY - bounds.minY);
    const mode = random.chance(0.6) ? "add" : "erase";
    const dabs = Array.from({ length: 1 + random.below(4) }, () => ({
      x: bounds.minX + random.below(60) - 10,
      y: bounds.minY + random.below(60) - 10,
      radius: random.chance(0.15) ? size + 60 : 1 + random.below(12),
    }));
    return makeBrush(id, dabs, { mode, stamp });
  }

  private run(command: Command): Outcome {
    const outcome = execute(this.layer, command, this);
    if (outcome.touched.length > 0) this.keep(outcome);
    this.noteWritten(outcome);
    return outcome;
  }

  private keep({ command, clientId, clockFrom, clockTo }: Outcome): void {
    const key = `${this.name}-${this.serial++}`;
    this.kept.push({ key, command, clientId, clockFrom, clockTo, durable: false });
  }

  private noteWritten(outcome: Outcome): void {
    for (const stamp of outcome.written) this.stamps.add(stamp);
    this.clients.add(outcome.clientId);
    this.ledger.note(this.name, this.layer.doc, outcome);
    this.keeper.note(outcome);
  }

  private tell(conflict: Conflict): void {
    this.ledger.told.push({ editor: this.name, conflict });
  }

  private onDurable(bytes: Uint8Array): void {
    const vector = decodeStateVector(bytes);
    for (const entry of this.kept) if (covers(vector, entry.clientId, entry.clockTo)) entry.durable = true;
  }
}

function randomGeometry(random: Random): Geometry {
  const plane = { z: 0, t: 0 } as const;
  const x = random.below(1000);
  const y = random.below(1000);
  const size = 5 + random.below(50);
  switch (random.below(3)) {
    case 0:
      return { kind: "point", plane, x, y };
    case 1:
      return { kind: "rectangle", plane, x, y, width: size, height: size, rotation: 0 };
    default:
      return { kind: "polygon", plane, parts: [[[x, y, x + size, y, x + size, y + size, x, y + size / 2]]] };
  }
}
