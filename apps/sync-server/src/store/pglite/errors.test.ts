import { expect, test } from "vitest";
import { ServerError } from "../../errors.ts";
import { describePgliteError, isDiskFull, openingError, readingError } from "./errors.ts";

/** As Emscripten throws them: no errors, without a message of use. */
const full = { name: "ErrnoError", errno: 51 };
const ended = { name: "ExitStatus", message: "Program terminated with exit(1)", status: 1 };

test("what is thrown always has words, and keeps what PostgreSQL says in fields", () => {
  expect(describePgliteError(full)).toEqual({
    message: "no space left on device (ENOSPC)",
    fields: { errno: 51 },
  });
  expect(describePgliteError({ name: "ErrnoError", errno: 999 }).message).toBe("file system error 999");
  expect(describePgliteError(ended).message).toBe("Program terminated with exit(1)");
  const refused = Object.assign(new Error("duplicate key"), {
    code: "23505",
    query: "insert …",
    detail: "d",
  });
  expect(describePgliteError(refused)).toEqual({
    message: "duplicate key",
    fields: { code: "23505", detail: "d" },
  });
  for (const thrown of ["text", 7, null, {}]) expect(describePgliteError(thrown).message).toMatch(/\w/);
});

test("a full disk is told from damage; both name the place and the next step", () => {
  const { message, fields } = describePgliteError(full);
  // As it comes from the other thread.
  const passedOn = Object.assign(new Error(message), fields);
  for (const cause of [full, passedOn, new Error("x", { cause: passedOn })]) {
    expect(isDiskFull(cause)).toBe(true);
    expect(openingError("data/db", cause)).toMatchObject({
      code: "store-failed",
      message: "The database data/db does not open: the disk is full.",
      next: expect.stringContaining("Make room"),
    });
  }
  expect(isDiskFull(ended)).toBe(false);
  expect(openingError("data/db", ended)).toMatchObject({
    message: "The database data/db does not open: Program terminated with exit(1)",
    next: expect.stringContaining("restore the last backup"),
  });
  const asked = new Error("Failed query: select 1\nparams: ", {
    cause: new Error("invalid page in block 0 of relation"),
  });
  expect(readingError("data", asked)).toMatchObject({
    message: "data cannot be read: invalid page in block 0 of relation",
    next: expect.stringContaining("restore the last backup"),
  });
  const known = new ServerError("data-busy", "…");
  expect(openingError("data/db", known)).toBe(known);
  expect(readingError("data", known)).toBe(known);
});
