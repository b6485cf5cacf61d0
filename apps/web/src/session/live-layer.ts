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
  type Stamp,
} from "@coscope/annotations";
import { createStore, type Store } from "../state/store.ts";
import { createLayerOutbox, type LayerOutboxOptions, LOCAL_ORIGIN } from "./layer-outbox.ts";
import { type LiveRoom, openLiveRoom } from "./live-room.ts";
import type { Rejection } from "./refusal.ts";
import type { LiveSocket } from "./socket.ts";

export type LayerState = "loading" | "ready" | "error";

/** The server's word for: it could not open the room now. */
const UNAVAILABLE = "unavailable";
const RETRY_MS = 2_000;

/** Outcomes remembered to tell which of our values lost. */
const REMEMBERED = 2_000;

export interface LiveLayerOptions extends LayerOutboxOptions {
  readonly socket: LiveSocket;
  /** Name of the room at the start. */
  readonly room: string;
  /** A value of ours lost against a colleague's. Told outside of any transaction. */
  onConflict(conflict: Conflict, layer: LiveLayer): void;
  /** A move of ours that lost was applied anew. */
  onReapplied(layer: LiveLayer, lost: readonly Stamp[], outcome: Outcome): void;
  onDenied(reason: string): void;
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
  const state = createStore<LayerState>("loading");
  const mayWrite = createStore(true);
  const callbacks = new Set<(change: QueryChange) => void>();
  const outbox = createLayerOutbox(options);
  /** What this page did here, newest last: a new document has to know it too. */
  let done: Outcome[] = [];
  let alive = true;
  let openings = 0;
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
      durable: (vector) => isCurrent(opening) && void outbox.durable(opening, vector),
      rejected: (rejection) => isCurrent(opening) && void onRejection(rejection),
      epoch: (next) => isCurrent(opening) && reopen(next),
      joined: (may) => isCurrent(opening) && mayWrite.set(may),
      denied: (reason) => isCurrent(opening) && onDenied(reason),
    });
    return opening;
  }

  function isCurrent(other: LiveRoom): boolean {
    return alive && other === room;
  }

  function onDenied(reason: string): void {
    if (reason === UNAVAILABLE) {
      setTimeout(() => reopen(room.name), RETRY_MS);
      return;
    }
    state.set("error");
    options.onDenied(reason);
  }

  async function onRejection(rejection: Rejection): Promise<void> {
    const refused = room;
    // Where the server went back, the refusal is about all that this document has, colleagues' work as well: no command
    // of ours is to blame, and should one be, that is told once they come from the new document.
    if ((await outbox.recall(refused, done)) === 0) await outbox.rejected(refused, rejection);
    // Whatever came after the refused update can no longer be applied by anyone: start from what is saved.
    if (isCurrent(refused)) reopen(refused.name);
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
    if (shown !== current) show(current);
    await outbox.durable(current, vector);
    await resume(current);
    if (isCurrent(current)) state.set("ready");
  }

  function resume(current: LiveRoom): Promise<void> {
    return outbox.resume(current, {
      goesOn: () => isCurrent(current),
      onOutcome: note,
      onConflict: (conflict) => options.onConflict(conflict, layer),
    });
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
        return outbox.keep(current, outcome);
      },
    );
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
    id: options.layerId,
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
      outbox.destroy();
      watching.stop();
      shown.destroy();
      if (room !== shown) room.destroy();
    },
  };
  return layer;
}
