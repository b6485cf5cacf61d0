import type { HocuspocusProvider } from "@hocuspocus/provider";
import { expect, test } from "vitest";
import * as Y from "yjs";
import { createUpdateGate } from "./update-gate.ts";

/** What the gate uses of a provider. */
function sending() {
  const doc = new Y.Doc();
  const peer = new Y.Doc();
  const sent: Uint8Array[] = [];
  const provider = {
    document: doc,
    boundDocumentUpdateHandler: () => {
      throw new Error("The provider must not send by itself.");
    },
    documentUpdateHandler(update: Uint8Array) {
      sent.push(update);
      Y.applyUpdate(peer, update);
    },
  };
  doc.on("update", provider.boundDocumentUpdateHandler);
  return { provider: provider as unknown as HocuspocusProvider, doc, peer, sent };
}

test("an update leaves only after its entry was written, in the order of the edits", async () => {
  const { provider, doc, peer, sent } = sending();
  const gate = createUpdateGate(provider, () => true);
  const first = Promise.withResolvers<void>();
  gate.run(
    () => doc.getMap("m").set("a", 1),
    () => first.promise,
  );
  gate.run(
    () => doc.getMap("m").set("b", 2),
    () => Promise.resolve(),
  );
  // Everything that could run without the first entry has run.
  for (let turn = 0; turn < 20; turn += 1) await null;
  expect(sent).toHaveLength(0);
  first.resolve();
  await gate.idle();
  expect(sent).toHaveLength(2);
  expect(peer.getMap("m").toJSON()).toEqual({ a: 1, b: 2 });
});

test("nothing leaves before the handshake: its answer holds all of it", async () => {
  const { provider, doc, sent } = sending();
  let answered = false;
  const gate = createUpdateGate(provider, () => answered);
  gate.run(
    () => doc.getMap("m").set("a", 1),
    () => Promise.resolve(),
  );
  await gate.idle();
  expect(sent).toHaveLength(0);
  answered = true;
  gate.run(
    () => doc.getMap("m").set("b", 2),
    () => Promise.resolve(),
  );
  await gate.idle();
  expect(sent).toHaveLength(1);
});

test("an edit made inside another's notification leaves as well", async () => {
  const { provider, doc, peer } = sending();
  const gate = createUpdateGate(provider, () => true);
  let answered = false;
  doc.on("afterTransaction", () => {
    if (answered) return;
    answered = true;
    gate.run(
      () => doc.getMap("m").set("answer", 2),
      () => Promise.resolve(),
    );
  });
  gate.run(
    () => doc.getMap("m").set("a", 1),
    () => Promise.resolve(),
  );
  await gate.idle();
  await gate.idle();
  expect(peer.getMap("m").toJSON()).toEqual({ a: 1, answer: 2 });
});

test("what came from the server is not sent back", async () => {
  const { provider, doc, sent } = sending();
  const gate = createUpdateGate(provider, () => true);
  const other = new Y.Doc();
  other.getMap("m").set("x", 1);
  Y.applyUpdate(doc, Y.encodeStateAsUpdate(other), provider);
  await gate.idle();
  expect(sent).toHaveLength(0);
});
