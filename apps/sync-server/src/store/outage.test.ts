import type { Logger } from "pino";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ServerError } from "../errors.ts";
import { isOutage, outageOf, reasonOf } from "./outage.ts";

beforeEach(() => vi.useFakeTimers({ toFake: ["performance"] }));
afterEach(() => vi.useRealTimers());

const failed = (message: string, code?: string) =>
  new Error("Failed query: select 1\nparams: ", { cause: Object.assign(new Error(message), { code }) });

test("a database that cannot be reached is told from a question that it refused, and from other servers", () => {
  for (const error of [
    failed("connect ECONNREFUSED 127.0.0.1:5432", "ECONNREFUSED"),
    failed("the database system is starting up", "57P03"),
    failed("Connection terminated unexpectedly"),
    new Error("The thread of the database data/db has ended."),
    new ServerError("store-failed", "…", { cause: failed("terminating connection", "57P01") }),
  ])
    expect(isOutage(error), String(error)).toBe(true);
  for (const error of [
    failed("duplicate key value violates unique constraint", "23505"),
    Object.assign(new Error("connect ECONNREFUSED 10.0.0.1:9000"), { code: "ECONNREFUSED" }),
    new ServerError("upstream-unreachable", "…", { cause: failed("", "ECONNREFUSED") }),
    "nothing",
  ])
    expect(isOutage(error), String(error)).toBe(false);
});

test("the reason is what the innermost error says, in one line", () => {
  expect(reasonOf(failed("no such file\nwith more"))).toBe("no such file");
  expect(reasonOf(failed("", "ECONNREFUSED"))).toBe("ECONNREFUSED");
});

test("an outage has one line when it begins, one every 10 s, and one when it is over", () => {
  const lines: [string, Record<string, unknown>][] = [];
  const note = (fields: Record<string, unknown>, message: string) => void lines.push([message, fields]);
  const log = { error: note, info: note } as unknown as Logger;
  const outage = outageOf(log);
  expect(outageOf(log)).toBe(outage);
  outage.over();
  expect(lines).toEqual([]);
  for (let ms = 0; ms <= 25_000; ms += 250) {
    outage.tell(failed("connect ECONNREFUSED", "ECONNREFUSED"), "lock");
    vi.advanceTimersByTime(250);
  }
  outage.over();
  outage.over();
  expect(lines.map(([message, fields]) => [message, fields["seconds"]])).toEqual([
    ["the database does not answer", 0],
    ["the database does not answer", 10],
    ["the database does not answer", 20],
    ["the database answers again", 25],
  ]);
  outage.tell(failed("again"), "http");
  expect(lines).toHaveLength(5);
});
