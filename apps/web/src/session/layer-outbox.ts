import { type Conflict, type LayerId, type Outcome, replayQueue } from "@coscope/annotations";
import { covers, type Outbox, type OutboxEntry, type StateVector } from "@coscope/annotations/outbox";
import type { LiveRoom } from "./live-room.ts";
import { inOrder } from "./outbox-store.ts";
import { describeRefusal, type Rejection, refusedBy } from "./refusal.ts";

/** The origin of this tab's own transactions. */
export const LOCAL_ORIGIN = Object.freeze({ local: true });

/** The server's word for: an update builds on what it does not have. */
const MISSING_HISTORY = "missing-history";
/** So often in a row it cannot be a coincidence any more. */
const MOST_LOST_HISTORY = 3;

const RETRY_MS = 2_000;

/** No document has it: such an entry has not arrived. */
const UNKNOWN_CLOCK = Number.MAX_SAFE_INTEGER;

export interface LayerOutboxOptions {
  readonly outbox: Outbox;
  readonly layerId: LayerId;
  readonly imageId: string;
  readonly userId: string;
  readonly tabId: string;
  /** An entry could not be written to disk: it is sent all the same. */
  onNotKept(error: unknown): void;
}

/** One layer's part of the outbox: what enters it, what is saved, what was refused, what goes into a new document. */
export interface LayerOutbox {
  /** Resolves once a command is on disk, or cannot be. */
  keep(room: LiveRoom, outcome: Outcome): Promise<void>;
  durable(room: LiveRoom, vector: StateVector): Promise<void>;
  rejected(room: LiveRoom, rejection: Rejection): Promise<void>;
  /**
   * Before the room's document is given up. Where the server has less than it had told us, as its database may after a
   * power failure, what was `done` in this document beyond that is to be sent again. Resolves to how many that are.
   */
  recall(room: LiveRoom, done: readonly Outcome[]): Promise<number>;
  /** Brings back what is in the outbox and not in this document, for as long as `goesOn`. */
  resume(room: LiveRoom, on: ResumeHandlers): Promise<void>;
  destroy(): void;
}

export interface ResumeHandlers {
  goesOn(): boolean;
  onOutcome(outcome: Outcome): void;
  onConflict(conflict: Conflict): void;
}

export function createLayerOutbox(options: LayerOutboxOptions): LayerOutbox {
  const { outbox, layerId, imageId, userId, tabId } = options;
  let vector: StateVector = new Map();
  let lostHistory = 0;
  /** Set after a refusal that named no culprit: then entries go one by one, so that one cannot sink the others. */
  let oneByOne = false;
  let progress: (() => void) | null = null;
  let alive = true;

  async function add(entry: OutboxEntry): Promise<void> {
    try {
      await outbox.add(entry);
    } catch (error) {
      options.onNotKept(error);
    }
  }

  /** Writes commands into this document that an earlier one had, and puts their new clocks on disk. */
  async function again(room: LiveRoom, entries: readonly OutboxEntry[], on: ResumeHandlers): Promise<void> {
    const queue = entries.map((entry) => placedIn(room, entry));
    let kept: Promise<unknown> = Promise.resolve();
    const { conflicts } = room.gate.run(
      () => replayQueue(room.document, queue, LOCAL_ORIGIN),
      ({ results }) => {
        const writing = results.map(({ outcome }, index) => {
          const entry = entries[index]!;
          on.onOutcome(outcome);
          return wroteNothing(outcome)
            ? outbox.forget([entry.key])
            : add({ ...entry, ...placeOf(room, outcome) });
        });
        kept = Promise.all(writing);
        return kept;
      },
    );
    for (const conflict of conflicts) on.onConflict(conflict);
    await kept;
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

  /** The entries that a refusal means. Where it could be any of several, they will go one by one. */
  function guiltyOf(room: LiveRoom, rejection: Rejection): readonly OutboxEntry[] {
    // Not about what was drawn: the server lacks what it builds upon, which a new document brings along.
    if (rejection.reason === MISSING_HISTORY && lostHistory < MOST_LOST_HISTORY) {
      lostHistory += 1;
      return [];
    }
    const waiting = inOrder(outbox.pending(layerId)).filter((entry) => entry.room === room.name);
    const refused = refusedBy(rejection, waiting, vector, oneByOne);
    if (refused !== "unclear") return refused;
    oneByOne = true;
    return [];
  }

  return {
    async keep(room, outcome) {
      if (wroteNothing(outcome)) return;
      const key = outcome.command.stamp;
      await add({ key, userId, imageId, layerId, tabId, at: nextTime(), ...placeOf(room, outcome) });
    },
    async durable(room, next) {
      vector = next;
      const dropped = await outbox.durable(room.name, next);
      if (dropped.length > 0) lostHistory = 0;
      progress?.();
    },
    async rejected(room, rejection) {
      const keys = guiltyOf(room, rejection).map(({ key }) => key);
      if (keys.length > 0) await outbox.reject(keys, describeRefusal(rejection.reason));
      progress?.();
    },
    async recall(room, done) {
      const pending = outbox.pending(layerId);
      const kept = new Set([...pending, ...outbox.rejected(layerId)].map(({ key }) => key));
      const lost = done.filter(
        ({ command, clientId, clockTo }) =>
          clientId === room.document.doc.clientID &&
          !covers(vector, clientId, clockTo) &&
          !kept.has(command.stamp),
      );
      // They were made before whatever waits.
      const first = Math.min(nextTime(), ...pending.map(({ at }) => at)) - lost.length;
      const entries = lost.map((outcome, index) => ({
        ...{ key: outcome.command.stamp, userId, imageId, layerId, tabId, at: first + index },
        ...placeOf(room, outcome),
      }));
      await Promise.all(entries.map(add));
      return entries.length;
    },
    async resume(room, on) {
      const hasStrokes = outbox.pending(layerId).some(({ command }) => command.type === "brush");
      if (hasStrokes && !(await loadBrush(on))) return;
      const { clientID } = room.document.doc;
      const waiting = inOrder(outbox.pending(layerId)).filter((entry) => entry.clientId !== clientID);
      for (const batch of oneByOne ? waiting.map((entry) => [entry]) : [waiting]) {
        if (!on.goesOn()) return;
        await again(room, batch, on);
        if (oneByOne) await decided(batch[0]!.key);
      }
      oneByOne = false;
    },
    destroy() {
      alive = false;
      progress?.();
    },
  };
}

/** Replaying a stroke needs the booleans. False where it is no longer wanted. */
async function loadBrush(on: ResumeHandlers): Promise<boolean> {
  while (on.goesOn()) {
    try {
      await import("@coscope/annotations/shapes");
      return on.goesOn();
    } catch {
      // The server is away, or was updated: what waits here stays in the outbox until it can be brought back.
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
  return false;
}

/** Clocks mean something only in the document they were counted in. */
function placedIn(room: LiveRoom, entry: OutboxEntry): OutboxEntry {
  if (entry.room === room.name) return entry;
  return { ...entry, clockFrom: UNKNOWN_CLOCK, clockTo: UNKNOWN_CLOCK };
}

function placeOf(room: LiveRoom, { command, clientId, clockFrom, clockTo }: Outcome) {
  return { room: room.name, command, clientId, clockFrom, clockTo };
}

function wroteNothing({ clockFrom, clockTo }: Outcome): boolean {
  return clockFrom === clockTo;
}

let lastTime = 0;

/** ms since 1970; never twice the same in a tab, so that entries keep their order. */
function nextTime(): number {
  lastTime = Math.max(Date.now(), lastTime + 1);
  return lastTime;
}
