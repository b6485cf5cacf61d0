/**
 * Large arrays are used again: making and collecting some ten megabytes a
 * chunk would cost more than painting it. Each thread has its own.
 */

const named = new Map<string, Float32Array>();

/** This thread's array for one purpose. What it holds lasts until the next call with that name; it isn't cleared. */
export function scratch(name: string, length: number): Float32Array {
  let array = named.get(name);
  if (!array || array.length !== length) {
    array = new Float32Array(length);
    named.set(name, array);
  }
  return array;
}

type Numbers = Float32Array | Float64Array | Int32Array;

/** Arrays of one type that were given back, cleared. */
class Stock<T extends Numbers> {
  readonly #make: (length: number) => T;
  readonly #free: T[] = [];
  static readonly #MOST = 16;

  constructor(make: (length: number) => T) {
    this.#make = make;
  }

  /** An array of at least this length, all zero. */
  take(length: number): T {
    // Not much longer than needed, or small wishes would hold the large ones.
    const fit = this.#free.findIndex((array) => array.length >= length && array.length <= 2 * length);
    return fit >= 0 ? this.#free.splice(fit, 1)[0]! : this.#make(length);
  }

  /** `used`: how many leading elements may be other than zero. Nobody may hold on to the array. */
  give(array: T, used: number = array.length): void {
    if (this.#free.length >= Stock.#MOST) this.#free.shift();
    array.fill(0, 0, used);
    this.#free.push(array);
  }
}

export const float64Stock = new Stock<Float64Array>((length) => new Float64Array(length));
export const float32Stock = new Stock<Float32Array>((length) => new Float32Array(length));
export const int32Stock = new Stock<Int32Array>((length) => new Int32Array(length));
