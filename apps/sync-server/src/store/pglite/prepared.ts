import { type PGlite, protocol } from "@electric-sql/pglite";
import type { Statement } from "./messages.ts";

/** Times that a statement is asked for before it is kept. */
const WORTH_KEEPING = 3;
const MOST_KEPT = 100;
/** Texts that are counted, before counting starts anew: lists of values make many. */
const MOST_COUNTED = 1_000;

interface Kept {
  readonly name: string;
  readonly fields: readonly { readonly name: string; readonly dataTypeID: number }[];
}

/** The messages that are looked at. */
interface Answer {
  readonly name: string;
  readonly fields?: readonly unknown[];
  readonly text?: string;
}

/**
 * Statements that come again and again, prepared once: PGlite itself sends the database six messages for each, one at
 * a time, which takes three times as long as one batch of three. For statements outside transactions.
 */
export class PreparedStatements {
  readonly #pglite: PGlite;
  readonly #kept = new Map<string, Kept>();
  readonly #counts = new Map<string, number>();

  constructor(pglite: PGlite) {
    this.#pglite = pglite;
  }

  /** Whether `run` is the way for it. Values other than text and numbers need what PGlite knows of their types. */
  fits({ text, params }: Statement): boolean {
    if (!params.every((param) => param === null || typeof param === "string" || Number.isFinite(param)))
      return false;
    if (this.#kept.has(text)) return true;
    if (this.#kept.size >= MOST_KEPT) return false;
    const count = (this.#counts.get(text) ?? 0) + 1;
    if (this.#counts.size >= MOST_COUNTED) this.#counts.clear();
    this.#counts.set(text, count);
    return count >= WORTH_KEEPING;
  }

  /** The tables may have changed: what was planned for them is forgotten. */
  async forget(): Promise<void> {
    if (this.#kept.size === 0) return;
    this.#kept.clear();
    await this.#pglite.exec("deallocate all");
  }

  async run({ text, params, arrays, verbatim }: Statement): Promise<{ rows: unknown[] }> {
    const { name, fields } = this.#kept.get(text) ?? (await this.#keep(text));
    const { bind, execute, sync } = protocol.serialize;
    const values = params.map((param) => (param === null ? null : String(param)));
    const answers = await this.#send(bind({ statement: name, values }), execute({}), sync());
    const parsers = fields.map(({ dataTypeID }) =>
      verbatim.includes(dataTypeID) ? undefined : this.#pglite.parsers[dataTypeID],
    );
    const read = (value: unknown, i: number) =>
      value === null ? null : (parsers[i]?.(value as string, fields[i]!.dataTypeID) ?? value);
    const rows = answers
      .filter((answer) => answer.name === "dataRow")
      .map((answer) => {
        const row = answer.fields!.map(read);
        return arrays ? row : Object.fromEntries(row.map((value, i) => [fields[i]!.name, value]));
      });
    return { rows };
  }

  async #keep(text: string): Promise<Kept> {
    const name = `kept${this.#kept.size}`;
    const { parse, describe, sync } = protocol.serialize;
    const answers = await this.#send(parse({ name, text }), describe({ type: "S", name }), sync());
    const described = answers.find((answer) => answer.name === "rowDescription");
    const kept = { name, fields: (described?.fields ?? []) as Kept["fields"] };
    this.#kept.set(text, kept);
    return kept;
  }

  /** Rejects with what the database says. */
  async #send(...messages: Uint8Array[]): Promise<Answer[]> {
    return (await this.#pglite.execProtocol(Buffer.concat(messages))).messages as Answer[];
  }
}
