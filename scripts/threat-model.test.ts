import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "..");
/** Where the tests are of which only the file's name is said. */
const BESIDE = ["apps/sync-server/src/sync", "packages/annotations/src"].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((file) => join(folder, file)),
);

/** Files that a name of the threat model means, as its first paragraph says how. */
function filesOf(name: string): string[] {
  if (/^[a-z]+$/.test(name)) return filesOf(`tests/server/hostile/${name}.test.ts`);
  if (name.includes("/")) return existsSync(join(root, name)) ? [name] : [];
  return BESIDE.filter((file) => basename(file) === name);
}

/** The last column of a table: names of tests, after a colon what their titles begin with or hold. */
function* named(): Generator<{ names: string[]; titles: string[] }> {
  const text = readFileSync(join(root, "THREAT_MODEL.md"), "utf8");
  for (const [, cell] of text.matchAll(/^\|.*\|([^|]*`[^|]*)\|$/gm)) {
    for (const part of cell!.split(/;|(?<=[a-z]), (?=`)/)) {
      const [, quoted = "", rest = ""] = /^([^:]*)(?::(.*))?$/.exec(part)!;
      yield {
        names: [...quoted.matchAll(/`([^`]+)`/g)].map(([, name]) => name!),
        titles: rest
          .replaceAll(/\(.*?\)|…/g, "")
          .split(", ")
          .map((title) => title.trim())
          .filter(Boolean),
      };
    }
  }
}

test("the threat model names tests that exist", () => {
  const rows = [...named()];
  expect(rows.length).toBeGreaterThan(40);
  const missing = rows.flatMap(({ names, titles }) => {
    const files = names.flatMap(filesOf);
    const said = files
      .filter((file) => file.endsWith(".ts"))
      .map((file) => readFileSync(join(root, file), "utf8"));
    return [
      ...names.filter((name) => filesOf(name).length === 0),
      ...titles.filter((title) => !said.some((text) => text.includes(title))),
    ];
  });
  expect(missing).toEqual([]);
});
