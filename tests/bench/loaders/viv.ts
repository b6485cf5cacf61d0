import { loadOmeZarr } from "@vivjs/loaders";

export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: ArrayLike<number>;
}

/** One tile of one channel, by column and row. */
export interface VivLevel {
  readonly tileSize: number;
  readonly shape: readonly number[];
  getTile(at: {
    x: number;
    y: number;
    selection: Record<string, number>;
    signal?: AbortSignal;
  }): Promise<Pixels>;
}

/** An image by Viv's loader; levels[0] is the full one. */
export async function openViv(url: string): Promise<VivLevel[]> {
  const { data } = await loadOmeZarr(url, { type: "multiscales" });
  return data as unknown as VivLevel[];
}
