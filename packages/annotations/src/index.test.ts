import { expect, test } from "vitest";
import * as commands from "./commands/index.ts";
import * as document from "./document/index.ts";
import * as geometry from "./geometry/index.ts";
import * as all from "./index.ts";
import * as interchange from "./interchange/index.ts";
import * as outbox from "./outbox/index.ts";
import * as presence from "./presence/index.ts";
import * as query from "./query/index.ts";
import * as shapes from "./shapes/index.ts";

/* What other packages may use. A change here is a change for them: make it on purpose. */
test("the public surface", () => {
  const names = (module: object) => Object.keys(module).sort();
  expect({
    commands: names(commands),
    document: names(document),
    geometry: names(geometry),
    interchange: names(interchange),
    outbox: names(outbox),
    presence: names(presence),
    query: names(query),
    shapes: names(shapes),
  }).toMatchSnapshot();
  // Not shapes and interchange: the page loads them when they are needed.
  const parts = [commands, document, geometry, outbox, presence, query].flatMap(names);
  expect(names(all)).toEqual(parts.sort());
});
