import { expect, test } from "vitest";
import { keyTable } from "../keys/table.ts";
import { helpGroups } from "./help-rows.ts";

test("every binding is in the help, families once", () => {
  const rows = helpGroups(keyTable).flatMap((group) => group.rows);
  const ids = rows.map((row) => row.id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { id } of keyTable) expect(ids.some((shown) => id === shown || id.startsWith(shown))).toBe(true);
  for (const { keys } of rows) expect(keys.length).toBeGreaterThan(0);
});
