import {
  type AnnotationId,
  type AnnotationSnapshot,
  type Command,
  type Conflict,
  type ConflictKeeper,
  createConflictKeeper,
  execute,
  type LayerId,
  type LayerQuery,
  type Outcome,
  type QueryChange,
  replayQueue,
  type Stamp,
} from "@coscope/annotations";
import type { Outbox, OutboxEntry, StateVector } from "@coscope/annotations/outbox";
import { createStore, type Store } from "../state/store.ts";
import { type LiveRoom, openLiveRoom } from "./live-room.ts";
import { inOrder } from "./outbox-store.ts";
import { describeRefusal, type Rejection, refusedBy } from "./refusal.ts";
import type { LiveSocket } from "./socket.ts";

export type LayerState = "loading" | "ready" | "error";

/** The origin of this tab's own transactions. */
export const LOCAL_ORIGIN = Object.freeze({ local: true });

export interface LiveLayerOptions {
  readonly socket: LiveSocket;
  readonly outbox: Outbox;
  readonly layerId: LayerId;
  readonly imageId: string;
  readonly userId: string;
  readonly tabId: string;
  /** Name of the room at the start. */
  readonly room: string;
  /** A value of ours lost against a colleague's. Told outside of any transaction. */
  onConflict(conflict: Conflict, layer: LiveLayer): void;
  /** A move of ours that lost was applied anew. */
  onReapplied(layer: LiveLayer, lost: readonly Stamp[], outcome: Outcome): void;
  onDenied(reason: string): void;
  /** An entry could not be written to disk: it is sent all the same. */
  onNotKept(error: unknown): void;
}

/** The server's words: it could not open the room now; an update builds on what it does not have. */
const UNAVAILABLE = "unavailable";
const MISSING_HISTORY = "missing-history";
const RETRY_MS = 2_000;
/** So often in a row it cannot be a coincidence any more. */
const MOST_LOST_HISTORY = 3;

/** Outcomes remembered to tell which of our values lost. */
const REMEMBERED = 2_000;

/** No document has it: such an entry has not arrived. */
const UNKNOWN_CLOCK = Number.MAX_SAFE_INTEGER;

let lastTime = 0;

/** ms since 1970; never twice the same in a tab, so that entries keep their order. */
function nextTime(): number {
  lastTime = Math.max(Date.now(), lastTime + 1);
  return lastTime;
}

function wroteNothing({ clockFrom, clockTo }: Outcome): boolean {
  return clockFrom === clockTo;
}

/** One layer for as long as its image is open, whatever documents and connections it goes through. */
export interface LiveLayer {
  readonly id: LayerId;
  readonly state: Store<LayerState>;
  /** False when the server lets this person only look. */
  readonly mayWrite: Store<boolean>;
  readonly query: Store<LayerQuery>;
  /** Executes a command, writes it to the outbox and sends it. Throws CommandError or GeometryError. */
  run(command: Command): Outcome;
  get(id: AnnotationId): AnnotationSnapshot | undefined;
  /** Every change, a new document included: everything old removed, everything new added. */
  subscribe(callback: (change: QueryChange) => void): () => void;
  /** There are entries in the outbox that this page did not make: a closed tab's. */
  adopt(): void;
  /** The row says that the layer has another room now. */
  moveTo(room: string): void;
  /** For tests and support: a digest of the live content. */
  readonly room: () => LiveRoom;
  destroy(): void;
}

export function createLiveLayer(options: LiveLayerOptions): LiveLayer {
  const { outbox, layerId } = options;
  const state = createStore<LayerState>("loading");
  const callbacks = new Set<(change: QueryChange) => void>();
  /** What this page did here, newest last: a new document has to know it too. */
  let done: Outcome[] = [];
  const mayWrite = createStore(true);
  let alive = true;
  let openings = 0;
  let lostHistory = 0;
  /** Set after a refusal that named no culprit: then entries go one by one, so that one cannot sink the others. */
  let oneByOne = false;
  let durable: StateVector = new Map();
  let progress: (() => void) | null = null;
  /** The room we are connected to, and the one whose content is on screen: an older one while a new one loads. */
  let room = open(options.room);
  let shown = room;
  const query = createStore<LayerQuery>(shown.query);
  let watching = watch(shown);
  void settle(room);

  function emit(change: QueryChange): void {
    for (const callback of [...callbacks]) callback(change);
  }

  function open(name: string): LiveRoom {
    const opening: LiveRoom = openLiveRoom(options.socket, name, {
      durable: (vector) => isCurrent(opening) && void onDurable(vector),
      rejected: (rejection) => isCurrent(opening) && void onRejection(rejection),
      epoch: (next) => isCurrent(opening) && reopen(next),
      joined: (may) => isCurrent(opening) && mayWrite.set(may),
      denied: (reason) => isCurrent(opening) && onDenied(reason),
    });
    return opening;
  }

  function onDenied(reason: string): void {
    if (reason === UNAVAILABLE) {
      setTimeout(() => reopen(room.name), RETRY_MS);
      return;
    }
    state.set("error");
    options.onDenied(reason);
  }

  function isCurrent(other: LiveRoom): boolean {
    return alive && other === room;
  }

  function watch(current: LiveRoom): { keeper: ConflictKeeper; stop: () => void } {
    const stopQuery = current.query.subscribe(emit);
    const keeper = createConflictKeeper(current.document, {
      run: (command) => write(current, command),
      onReapplied: (lost, outcome) => options.onReapplied(layer, lost, outcome),
      // Outside of the transaction: the answer may be a command.
      onConflict: (conflict) =>
        queueMicrotask(() => isCurrent(current) && options.onConflict(conflict, layer)),
    });
    for (const outcome of done) keeper.note(outcome);
    return {
      keeper,
      stop() {
        stopQuery();
        keeper.destroy();
      },
    };
  }

  /** Once the server's content is here: shows it, brings back what is not saved, then lets people draw. */
  async function settle(current: LiveRoom): Promise<void> {
    const vector = await current.opened;
    if (!isCurrent(current)) return;
    durable = vector;
    if (shown !== current) show(current);
    await resume(current);
    if (isCurrent(current)) state.set("ready");
  }

  function show(next: LiveRoom): void {
    const before = shown;
    watching.stop();
    const removed = [...before.query.all()];
    shown = next;
    query.set(next.query);
    emit({ added: [...next.query.all()], changed: [], removed, local: false });
    watching = watch(next);
    before.destroy();
  }

  /** Brings back what is in the outbox and not in this document. */
  async function resume(current: LiveRoom): Promise<void> {
    await outbox.durable(current.name, durable);
    const { clientID } = current.document.doc;
    const waiting = inOrder(outbox.pending(layerId)).filter((entry) => entry.clientId !== clientID);
    for (const batch of oneByOne ? waiting.map((entry) => [entry]) : [waiting]) {
      if (!isCurrent(current)) return;
      await again(current, batch);
      if (oneByOne) await decided(batch[0]!.key);
    }
    oneByOne = false;
  }

  /** Writes commands into this document that an earlier one had, and puts their new clocks on disk. */
  async function again(current: LiveRoom, entries: readonly OutboxEntry[]): Promise<void> {
    let kept: Promise<unknown> = Promise.resolve();
    const { conflicts } = current.gate.run(
      () =>
        replayQueue(
          current.document,
          entries.map((entry) => placedIn(current, entry)),
          LOCAL_ORIGIN,
        ),
      ({ results }) => {
        for (const { outcome } of results) note(outcome);
        kept = Promise.all(
          results.map(({ outcome }, index) => {
            const entry = entries[index]!;
            return wroteNothing(outcome)
              ? outbox.forget([entry.key])
              : keep({ ...entry, ...placeOf(current, outcome) });
          }),
        );
        return kept;
      },
    );
    for (const conflict of conflicts) options.onConflict(conflict, layer);
    await kept;
  }

  /** Clocks mean something only in the document they were counted in. */
  function placedIn(current: LiveRoom, entry: OutboxEntry): OutboxEntry {
    return entry.room === current.name
      ? entry
      : { ...entry, clockFrom: UNKNOWN_CLOCK, clockTo: UNKNOWN_CLOCK };
  }

  function placeOf(current: LiveRoom, { command, clientId, clockFrom, clockTo }: Outcome) {
    return { room: current.name, command, clientId, clockFrom, clockTo };
  }

  function note(outcome: Outcome): void {
    if (outcome.written.length === 0) return;
    done = [...done.slice(-REMEMBERED), outcome];
    watching.keeper.note(outcome);
  }

  function write(current: LiveRoom, command: Command): Outcome {
    return current.gate.run(
      () => execute(current.document, command, LOCAL_ORIGIN),
      (outcome) => {
        note(outcome);
        if (wroteNothing(outcome)) return Promise.resolve();
        return keep({
          key: outcome.command.stamp,
          userId: options.userId,
          imageId: options.imageId,
          layerId,
          tabId: options.tabId,
          at: nextTime(),
          ...placeOf(current, outcome),
        });
      },
    );
  }

  async function keep(entry: OutboxEntry): Promise<void> {
    try {
      await outbox.add(entry);
    } catch (error) {
      options.onNotKept(error);
    }
  }

  /** Resolves when an entry is durable or rejected. */
  async function decided(key: string): Promise<void> {
    const open = () => outbox.pending(layerId).some((entry) => entry.key === key);
    while (alive && open()) {
      await new Promise<void>((resolve) => {
        progress = resolve;
      });
    }
  }

  async function onDurable(vector: StateVector): Promise<void> {
    durable = vector;
    const dropped = await outbox.durable(room.name, vector);
    if (dropped.length > 0) lostHistory = 0;
    progress?.();
  }

  async function onRejection(rejection: Rejection): Promise<void> {
    const guilty = guiltyOf(rejection);
    if (guilty.length > 0) {
      await outbox.reject(
        guilty.map((entry) => entry.key),
        describeRefusal(rejection.reason),
      );
    }
    progress?.();
    // Whatever came after the refused update can no longer be applied by anyone: start from what is saved.
    reopen(room.name);
  }

  /** The entries that a refusal means. Where it could be any of several, they will go one by one. */
  function guiltyOf(rejection: Rejection): readonly OutboxEntry[] {
    // Not about what was drawn: the server lacks what it builds upon, which a new document brings along.
    if (rejection.reason === MISSING_HISTORY && lostHistory < MOST_LOST_HISTORY) {
      lostHistory += 1;
      return [];
    }
    const waiting = inOrder(outbox.pending(layerId)).filter((entry) => entry.room === room.name);
    const refused = refusedBy(rejection, waiting, durable, oneByOne);
    if (refused !== "unclear") return refused;
    oneByOne = true;
    return [];
  }

  /** Starts again with an empty document. The old content stays on screen, and in use, until the new one is here. */
  function reopen(name: string): void {
    if (!alive) return;
    openings += 1;
    const turn = openings;
    const old = room;
    void old.close().then(() => {
      if (!alive || turn !== openings) return;
      if (old !== shown) old.destroy();
      room = open(name);
      void settle(room);
    });
  }

  const layer: LiveLayer = {
    id: layerId,
    state,
    mayWrite,
    query,
    // While a new document loads the one on screen is written to; the outbox then brings it along.
    run: (command) => write(shown, command),
    get: (id) => query.get().get(id),
    subscribe(callback) {
      callbacks.add(callback);
      return () => {
        callbacks.delete(callback);
      };
    },
    adopt() {
      if (state.get() === "ready" && shown === room) void resume(room);
    },
    moveTo(name) {
      if (name !== room.name) reopen(name);
    },
    room: () => shown,
    destroy() {
      alive = false;
      progress?.();
      watching.stop();
      shown.destroy();
      if (room !== shown) room.destroy();
    },
  };
  return layer;
}
