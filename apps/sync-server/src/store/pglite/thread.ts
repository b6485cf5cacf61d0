// PGlite on a thread of its own: it computes for as long as a statement takes, and everybody's edits would wait.
import { parentPort, workerData } from "node:worker_threads";
import { PGlite, type QueryOptions, type Transaction } from "@electric-sql/pglite";
import { describePgliteError } from "./errors.ts";
import type { Reply, Request, Statement } from "./messages.ts";
import { PreparedStatements } from "./prepared.ts";

interface OpenTransaction {
  readonly handle: Transaction;
  /** Settles once it was committed or rolled back. */
  readonly over: Promise<unknown>;
  commit(): void;
  rollBack(): void;
}

const port = parentPort!;
const transactions = new Map<number, OpenTransaction>();
const asText = (value: string) => value;
const reply = (message: Reply) => port.postMessage(message);
/** One after the other, a transaction with all that is in it. */
let turns: Promise<unknown> = Promise.resolve();

const pglite = await PGlite.create(workerData as string).catch((error) => {
  reply({ id: 0, error: describePgliteError(error) });
  throw error;
});
const prepared = new PreparedStatements(pglite);
port.on("message", (request: Request) => {
  answer(request).then(
    (result) => {
      reply({ id: request.id, result });
      if (request.op === "close") port.close();
    },
    (error) => {
      reply({ id: request.id, error: describePgliteError(error) });
      if (hasStopped(error)) process.exit(1);
    },
  );
});
reply({ id: 0 });

function answer(request: Request): Promise<unknown> {
  switch (request.op) {
    case "query":
      return request.transaction === null ? inTurn(() => queryAlone(request)) : queryWithin(request);
    case "exec":
      return inTurn(async () => {
        await prepared.forget();
        await pglite.exec(request.text);
      });
    case "begin":
      return begin(request.transaction);
    case "end":
      return end(request.transaction, request.commit);
    case "close":
      return inTurn(() => pglite.close());
  }
}

/** The database under this thread answers nothing any more: another thread recovers what is in the files. */
function hasStopped(error: unknown): boolean {
  // It gives itself up where the disk is too full for its log.
  const { severity, name } = (error ?? {}) as { severity?: unknown; name?: unknown };
  return (
    severity === "PANIC" ||
    severity === "FATAL" ||
    name === "ExitStatus" ||
    error instanceof WebAssembly.RuntimeError
  );
}

function inTurn<Result>(run: () => Promise<Result>): Promise<Result> {
  const result = turns.then(run);
  turns = result.catch(() => {});
  return result;
}

async function queryAlone(statement: Statement): Promise<unknown> {
  if (prepared.fits(statement)) return prepared.run(statement);
  const { rows } = await pglite.query(statement.text, [...statement.params], optionsOf(statement));
  return { rows };
}

async function queryWithin(statement: Statement): Promise<unknown> {
  const { handle } = transactionOf(statement.transaction!);
  const { rows } = await handle.query(statement.text, [...statement.params], optionsOf(statement));
  return { rows };
}

function optionsOf({ arrays, verbatim }: Statement): QueryOptions {
  return {
    rowMode: arrays ? "array" : "object",
    parsers: Object.fromEntries(verbatim.map((oid) => [oid, asText])),
  };
}

/** Resolves once the transaction has begun: until it ends, nothing else gets to the database. */
function begin(id: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const ended = Promise.withResolvers<void>();
    const over = inTurn(() =>
      pglite.transaction(async (handle) => {
        transactions.set(id, {
          handle,
          over,
          commit: ended.resolve,
          rollBack: () => ended.reject(ROLLED_BACK),
        });
        resolve();
        await ended.promise;
      }),
    );
    over.catch(reject);
  });
}

const ROLLED_BACK = new Error("rolled back");

async function end(id: number, commit: boolean): Promise<void> {
  const transaction = transactionOf(id);
  transactions.delete(id);
  if (commit) transaction.commit();
  else transaction.rollBack();
  await transaction.over.catch((error) => {
    if (error !== ROLLED_BACK) throw error;
  });
}

function transactionOf(id: number): OpenTransaction {
  const transaction = transactions.get(id);
  if (!transaction) throw new Error(`Transaction ${id} is over.`);
  return transaction;
}
