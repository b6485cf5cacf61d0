import { newId } from "../store/ids.ts";
import { type Origin, originOf, sourcePath } from "./origin.ts";

/** An address that a person looks at through the server before it is added. */
export interface LookedAt {
  readonly origin: Origin;
  readonly workspaceId: string;
  readonly userId: string;
}

/** Long enough to read a name and decide; each use begins it anew. */
const KEPT_MS = 15 * 60_000;
const MOST = 1_000;

/** Addresses under ids that nobody guesses, in memory: what is looked at and not added leaves nothing behind. */
export class Looks {
  readonly #looks = new Map<string, LookedAt & { until: number }>();

  /** What the page opens meanwhile: `/api/looks/<id>/source/…`. */
  add(address: string, whose: { readonly workspaceId: string; readonly userId: string }): string {
    if (this.#looks.size >= MOST) this.#looks.delete(this.#looks.keys().next().value!);
    const id = newId();
    this.#looks.set(id, { origin: originOf(address), ...whose, until: Date.now() + KEPT_MS });
    return `/api/looks/${id}/source${sourcePath(address)}`;
  }

  /** Of this person alone; null when it is over. */
  find(id: string, userId: string): LookedAt | null {
    const look = this.#looks.get(id);
    if (look?.userId !== userId) return null;
    this.#looks.delete(id);
    if (look.until < Date.now()) return null;
    // The one used last goes last.
    this.#looks.set(id, { ...look, until: Date.now() + KEPT_MS });
    return look;
  }
}
