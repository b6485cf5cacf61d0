import { isAbort } from "../errors.ts";
import { addTo, type RawTile, type TileRead } from "./raw-tile.ts";

export interface ChannelCompleterHost {
  read(raw: RawTile, channels: readonly number[], signal: AbortSignal): Promise<TileRead>;
  /** A tile has more channels than before. */
  changed(): void;
  failed(error: unknown): void;
  /** Runs later unless the image is closed meanwhile. */
  retryLater(run: () => void): void;
}

/** Reads channels that were hidden when their tiles were loaded. Nothing is read twice. */
export class ChannelCompleter {
  readonly #host: ChannelCompleterHost;
  readonly #reading = new Map<RawTile, AbortController>();

  constructor(host: ChannelCompleterHost) {
    this.#host = host;
  }

  get active(): boolean {
    return this.#reading.size > 0;
  }

  /** Call after every frame. */
  complete(drawn: ReadonlySet<RawTile>, shown: readonly number[]): void {
    for (const [raw, controller] of this.#reading) {
      if (!drawn.has(raw)) controller.abort();
    }
    for (const raw of drawn) {
      if (this.#reading.has(raw)) continue;
      const missing = shown.filter((channel) => !raw.loaded.has(channel));
      if (missing.length > 0) this.#start(raw, missing);
    }
  }

  #start(raw: RawTile, channels: readonly number[]): void {
    const controller = new AbortController();
    const { plane } = raw;
    this.#reading.set(raw, controller);
    this.#host.read(raw, channels, controller.signal).then(
      (read) => {
        if (this.#reading.get(raw) !== controller || raw.plane !== plane) return;
        addTo(raw, read);
        this.#reading.delete(raw);
        this.#host.changed();
      },
      (error) => {
        const forget = () => {
          if (this.#reading.get(raw) === controller) this.#reading.delete(raw);
        };
        if (isAbort(error)) {
          forget();
          return;
        }
        this.#host.failed(error);
        // Left in the map meanwhile, so that the next frame does not ask again at once.
        this.#host.retryLater(forget);
      },
    );
  }

  stop(): void {
    for (const controller of this.#reading.values()) controller.abort();
    this.#reading.clear();
  }
}
