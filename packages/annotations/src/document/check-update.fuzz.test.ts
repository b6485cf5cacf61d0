import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as Y from "yjs";
import { execute, makeAdd, makeMove, makeReclass, makeRemove } from "../commands/index.ts";
import { createQuery } from "../query/index.ts";
import { checkUpdate } from "./check-update.ts";
import { contentHash } from "./content-hash.ts";
import { DocumentError } from "./errors.ts";
import { createLayerDocument, ROOT_MAPS } from "./layer-document.ts";

const plane = { z: 0, t: 0 } as const;

function realUpdates(): { server: Uint8Array; updates: Uint8Array[] } {
  const layer = createLayerDocument();
  layer.doc.clientID = 77;
  const geometry = { kind: "polygon", plane, parts: [[[0, 0, 9, 0, 9, 9]]] } as const;
  execute(layer, makeAdd({ author: "alice", annotations: [{ id: "cell", geometry, classId: "c1" }] }), null);
  const server = Y.encodeStateAsUpdate(layer.doc);
  const updates: Uint8Array[] = [server];
  layer.doc.on("update", (update: Uint8Array) => updates.push(update));
  execute(layer, makeMove(["cell"], 3, 4), null);
  execute(layer, makeReclass(["cell"], null), null);
  execute(layer, makeRemove(["cell"]), null);
  execute(layer, makeAdd({ author: "bob", annotations: [{ id: "x", geometry, label: "hm" }] }), null);
  return { server, updates };
}

/** What passes the check applies without an error and reads without one. */
function tryUpdate(bytes: Uint8Array, server: Uint8Array): void {
  const doc = new Y.Doc();
  Y.applyUpdate(doc, server);
  try {
    checkUpdate(bytes, { doc });
  } catch (error) {
    if (!(error instanceof DocumentError)) throw error;
    return;
  }
  Y.applyUpdate(doc, bytes);
  for (const name of doc.share.keys()) expect(ROOT_MAPS).toContain(name);
  const query = createQuery(createLayerDocument(doc));
  expect(query.size).toBeLessThanOrEqual(3);
  contentHash(doc);
}

describe("checking updates from anywhere", () => {
  const { server, updates } = realUpdates();

  test("random bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => tryUpdate(bytes, server)),
      { numRuns: 4000 },
    );
  });

  test("real updates, cut and changed", () => {
    const edits = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 6 });
    fc.assert(
      fc.property(fc.constantFrom(...updates), edits, fc.option(fc.nat()), (update, changes, cut) => {
        const bytes = update.slice(0, cut === null ? undefined : cut % (update.length + 1));
        for (const [at, value] of changes) if (bytes.length > 0) bytes[at % bytes.length] = value;
        tryUpdate(bytes, server);
      }),
      { numRuns: 6000 },
    );
  });

  test("updates built of random structs", () => {
    const client = fc.constantFrom(1, 2, 77);
    const clock = fc.oneof(fc.nat(12), fc.nat(2 ** 31));
    const id = fc.tuple(client, clock);
    const anyBytes = [...[117, 2, 126, 116, 16], ...new Array(16).fill(7)];
    const content = fc.constantFrom<[number, number[]]>(
      [0, [2]], // collected, length 2
      [1, [1]], // deleted
      [1, [0]],
      [2, [1, 1, 49]], // JSON
      [3, [2, 1, 2]], // bytes
      [4, [1, 97]], // text
      [5, [1, 49]], // embed
      [6, [1, 97, 1, 49]], // format
      [7, [1]], // a nested map
      [8, [1, 119, 2, 99, 49]], // one string
      [8, [1, ...anyBytes]], // one stamped value
      [8, [0]],
      [8, [2, 126, 126]],
      [10, [3]], // skip
    );
    const parent = fc.constantFrom("class", "label", "origin", "other");
    const struct = fc.tuple(
      content,
      fc.option(id),
      fc.option(id),
      fc.option(parent),
      id,
      fc.option(fc.constantFrom("cell", "x", "a b")),
    );
    const section = fc.tuple(client, clock, fc.array(struct, { maxLength: 4 }));
    const deletes = fc.array(fc.tuple(client, fc.array(fc.tuple(clock, fc.nat(5)), { maxLength: 3 })), {
      maxLength: 2,
    });
    fc.assert(
      fc.property(fc.array(section, { maxLength: 3 }), deletes, (sections, ds) => {
        const out: number[] = [];
        const varUint = (value: number) => {
          let rest = value;
          for (; rest > 127; rest = Math.floor(rest / 128)) out.push(128 | (rest % 128));
          out.push(rest);
        };
        const string = (text: string) => out.push(text.length, ...Buffer.from(text));
        varUint(sections.length);
        for (const [by, from, structs] of sections) {
          varUint(structs.length);
          varUint(by);
          varUint(from);
          for (const [[kind, bytes], left, right, root, nested, key] of structs) {
            const plain = kind === 0 || kind === 10;
            out.push(plain ? kind : kind | (left ? 128 : 0) | (right ? 64 : 0) | (key === null ? 0 : 32));
            if (!plain) {
              for (const side of [left, right]) if (side) for (const part of side) varUint(part);
              if (!left && !right) {
                out.push(root === null ? 0 : 1);
                if (root === null) for (const part of nested) varUint(part);
                else string(root);
                if (key !== null) string(key);
              }
            }
            out.push(...bytes);
          }
        }
        varUint(ds.length);
        for (const [by, ranges] of ds) {
          varUint(by);
          varUint(ranges.length);
          for (const [from, length] of ranges) {
            varUint(from);
            varUint(length);
          }
        }
        tryUpdate(Uint8Array.from(out), server);
      }),
      { numRuns: 8000 },
    );
  });

  test("real updates put together from pieces of others", () => {
    const piece = fc.tuple(fc.constantFrom(...updates), fc.nat(), fc.nat());
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 4 }), (pieces) => {
        const bytes = pieces.flatMap(([update, from, to]) => {
          const [a, b] = [from % update.length, to % (update.length + 1)];
          return [...update.subarray(Math.min(a, b), Math.max(a, b))];
        });
        tryUpdate(Uint8Array.from(bytes), server);
      }),
      { numRuns: 4000 },
    );
  });
});
