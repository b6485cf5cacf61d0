import { LANES, lanesFor } from "./texels.ts";

/**
 * Where each channel lies in a tile's textures. A channel gets a slot when it
 * is first shown and keeps it, so that hiding and showing moves nothing; an
 * image with forty channels of which four are looked at takes the memory of
 * four.
 */
export class SlotTable {
  readonly lanes: number;
  readonly #channels: number[] = [];

  constructor(channels: number) {
    this.lanes = lanesFor(channels);
  }

  /** Gives each channel a slot. */
  show(channels: readonly number[]): void {
    for (const channel of channels) {
      if (!this.#channels.includes(channel)) this.#channels.push(channel);
    }
  }

  get groups(): number {
    return Math.ceil(this.#channels.length / LANES);
  }

  /** By lane of a group: the channel, or null where the slot is free. */
  channelsOf(group: number): (number | null)[] {
    return Array.from({ length: this.lanes }, (_, lane) => this.#channels[group * LANES + lane] ?? null);
  }

  /** Null for a channel that was never shown. */
  slotOf(channel: number): { group: number; lane: number } | null {
    const slot = this.#channels.indexOf(channel);
    return slot < 0 ? null : { group: Math.floor(slot / LANES), lane: slot % LANES };
  }
}
