export type Samples = Uint8Array | Uint16Array | Uint32Array;

export type Depth = 8 | 16 | 32;

/** What every source of pixels looks like to the pyramid writer. */
export interface Raster {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  /** 1: grey or labels. 3: red, green, blue. */
  readonly channels: 1 | 3;
  /** Bits a sample. 32 is for labels. */
  readonly depth: Depth;
  /** Things left out that a person should know. */
  readonly warnings: readonly string[];
  /**
   * Rows [y0, y0 + rows) of the full width, shape [y, x, channel]. Asked for from top to bottom.
   * @throws ImportError
   */
  read(y0: number, rows: number): Promise<Samples>;
  close(): Promise<void>;
}

export function samplesOf(depth: Depth, length: number): Samples {
  if (depth === 8) return new Uint8Array(length);
  return depth === 16 ? new Uint16Array(length) : new Uint32Array(length);
}
