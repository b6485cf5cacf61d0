import { ServerError } from "../errors.ts";

export interface LaneLimits {
  /** Requests of one person at once; further ones wait. */
  readonly perPerson: number;
  /** Requests of everybody at once. */
  readonly total: number;
  /** Waiting requests of one person; further ones are refused. */
  readonly waiting: number;
}

interface Waiting {
  readonly go: () => void;
}

interface Lane {
  active: number;
  readonly queue: Set<Waiting>;
}

/**
 * Lets so many requests out at once: a person's later ones wait in their own queue, and nobody's tour of a slide takes
 * all places.
 */
export function createLanes({ perPerson, total, waiting }: LaneLimits) {
  const lanes = new Map<string, Lane>();
  let active = 0;

  function letIn(): void {
    while (active < total) {
      const turn = [...lanes].find(([, lane]) => lane.queue.size > 0 && lane.active < perPerson);
      if (!turn) return;
      const [person, lane] = turn;
      const [next] = lane.queue;
      lane.queue.delete(next!);
      lane.active++;
      active++;
      // Who was served goes to the end.
      lanes.delete(person);
      lanes.set(person, lane);
      next!.go();
    }
  }

  function release(person: string, lane: Lane): () => void {
    let open = true;
    return () => {
      if (!open) return;
      open = false;
      lane.active--;
      active--;
      if (lane.active === 0 && lane.queue.size === 0) lanes.delete(person);
      letIn();
    };
  }

  return {
    /**
     * Resolves when it is the request's turn, to the function that gives the place back (idempotent).
     * @throws ServerError "too-many-requests"; the signal's reason
     */
    async enter(person: string, signal: AbortSignal): Promise<() => void> {
      signal.throwIfAborted();
      const lane = lanes.get(person) ?? { active: 0, queue: new Set() };
      lanes.set(person, lane);
      if (lane.queue.size >= waiting) {
        throw new ServerError("too-many-requests", `More than ${waiting} requests wait already.`, {
          next: "Ask again in a moment.",
        });
      }
      await new Promise<void>((resolve, reject) => {
        const leave = () => {
          lane.queue.delete(entry);
          if (lane.active === 0 && lane.queue.size === 0) lanes.delete(person);
          reject(signal.reason);
        };
        const entry: Waiting = {
          go: () => {
            signal.removeEventListener("abort", leave);
            resolve();
          },
        };
        lane.queue.add(entry);
        signal.addEventListener("abort", leave, { once: true });
        letIn();
      });
      return release(person, lane);
    },
    get active(): number {
      return active;
    },
  };
}
