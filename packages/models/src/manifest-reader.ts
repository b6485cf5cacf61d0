import { ModelError } from "./errors.ts";
import type { WeightsFile } from "./manifest.ts";

export const refuse = (path: string, expected: string, got: unknown): never => {
  throw new ModelError(
    "bad-manifest",
    `${expected} at "${path}"`,
    got === undefined ? "nothing" : JSON.stringify(got)?.slice(0, 80),
    "Take manifest.json from the same release as the weights.",
  );
};

/** One value of a manifest, with its path for messages. */
export class Reader {
  readonly value: unknown;
  readonly path: string;
  constructor(value: unknown, path = "") {
    this.value = value;
    this.path = path;
  }
  at(key: string): Reader {
    const path = this.path ? `${this.path}.${key}` : key;
    if (typeof this.value !== "object" || this.value === null || Array.isArray(this.value))
      return refuse(this.path || "(root)", "an object", this.value);
    return new Reader((this.value as Record<string, unknown>)[key], path);
  }
  text(pattern = /^[^\0]{1,500}$/): string {
    if (typeof this.value !== "string" || !pattern.test(this.value))
      return refuse(this.path, `text like ${pattern}`, this.value);
    return this.value;
  }
  number(min: number, max: number): number {
    if (typeof this.value !== "number" || !(this.value >= min && this.value <= max))
      return refuse(this.path, `a number from ${min} to ${max}`, this.value);
    return this.value;
  }
  whole(min: number, max: number): number {
    const n = this.number(min, max);
    return Number.isInteger(n) ? n : refuse(this.path, "a whole number", n);
  }
  list(max: number): Reader[] {
    if (!Array.isArray(this.value) || this.value.length === 0 || this.value.length > max)
      return refuse(this.path, `a list of 1 to ${max}`, this.value);
    return this.value.map((v, i) => new Reader(v, `${this.path}[${i}]`));
  }
}

/** Half a gigabyte: far above any network meant for this, far below what hurts the process that reads it. */
const MAX_WEIGHTS = 512 * 1024 * 1024;

export function weights(r: Reader): WeightsFile {
  return {
    // a name, never a path: what a manifest names lies beside it
    file: r.at("file").text(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,100}$/),
    bytes: r.at("bytes").whole(1, MAX_WEIGHTS),
    sha256: r.at("sha256").text(/^[0-9a-f]{64}$/),
  };
}
