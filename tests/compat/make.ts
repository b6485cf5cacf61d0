import { existsSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  type AnnotationSnapshot,
  contentHash,
  createLayerDocument,
  createQuery,
  execute,
  type Geometry,
  type LayerDocument,
  makeAdd,
  makeMove,
  makeReclass,
  makeRelabel,
  makeRemove,
  makeReshape,
} from "@coscope/annotations";
import * as Y from "yjs";

/*
 * Writes the frozen documents of this version: `node tests/compat/make.ts <version>`, e.g. v1. They are made once,
 * when a version is released, and never again: later code must read what earlier code wrote. So nothing is
 * overwritten.
 */

const folder = dirname(fileURLToPath(import.meta.url));
const plane = { z: 0, t: 0 } as const;

/** What a document must read as, whatever code reads it. */
export interface Expected {
  readonly contentHash: string;
  readonly unreadable: number;
  /** Without bounds: they follow from the geometry, and engines differ in the last digit of a cosine. */
  readonly annotations: Omit<AnnotationSnapshot, "bounds">[];
}

export function expectedOf(layer: LayerDocument): Expected {
  const query = createQuery(layer);
  const annotations = [...query.all()]
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .map(({ bounds: _, ...annotation }) => annotation);
  return { contentHash: contentHash(layer.doc), unreadable: query.unreadable, annotations };
}

/** Stamps in order, so that the files could be made again byte by byte. */
function stamps(): () => string {
  let next = 0;
  return () => (++next).toString(16).padStart(16, "0");
}

const shapes: Record<string, Geometry> = {
  point: { kind: "point", plane, x: 1.5, y: -2.25 },
  line: { kind: "polyline", plane: { z: "all", t: 3 }, points: [0, 0, 10, 0.5, 20.25, 40] },
  rectangle: { kind: "rectangle", plane, x: 65_000, y: 65_001.5, width: 300, height: 0.5, rotation: 0 },
  turned: { kind: "rectangle", plane, x: 10, y: 20, width: 30, height: 40, rotation: 1 },
  ellipse: { kind: "ellipse", plane: { z: 7, t: "all" }, cx: -100, cy: 100, rx: 50, ry: 25, rotation: 6 },
  nucleus: { kind: "polygon", plane, parts: [[[100, 100, 140, 102, 138, 150, 96, 141]]] },
  ring: {
    kind: "polygon",
    plane: { z: "all", t: "all" },
    parts: [
      [
        [0, 0, 100, 0, 100, 100, 0, 100],
        [25, 25, 25, 75, 75, 75, 75, 25],
      ],
      [[200, 0, 220, 0, 210, 20]],
    ],
  },
  far: { kind: "point", plane: { z: 2_147_483_647, t: 0 }, x: 2 ** 31, y: -(2 ** 31) },
};

/** Every kind of geometry and value, edited by two people, with conflicts, removals and an attribute. */
function polygons(): LayerDocument {
  const stamp = stamps();
  const anna = createLayerDocument();
  anna.doc.clientID = 101;
  const ben = createLayerDocument();
  ben.doc.clientID = 202;
  const sync = () => {
    Y.applyUpdate(ben.doc, Y.encodeStateAsUpdate(anna.doc, Y.encodeStateVector(ben.doc)));
    Y.applyUpdate(anna.doc, Y.encodeStateAsUpdate(ben.doc, Y.encodeStateVector(anna.doc)));
  };
  const annotations = Object.entries(shapes).map(([id, geometry], i) => ({
    id,
    geometry,
    classId: i % 2 === 0 ? "class-1" : null,
    ...(i % 3 === 0 && { label: `Étiquette ${i} 🔬` }),
    ...(id === "nucleus" && {
      provenance: { model: "coscope-nuclei", prompts: [[118, 120, true]], score: 0.93 },
    }),
  }));
  execute(anna, makeAdd({ author: "anna", annotations, created: 1_790_000_000_000, stamp: stamp() }), null);
  sync();
  execute(ben, makeMove(["nucleus", "ring"], 12.5, -3, stamp()), null);
  execute(ben, makeReclass(["point", "line"], "class-2", stamp()), null);
  execute(ben, makeRelabel("point", "", stamp()), null);
  sync();
  // At the same time: one of the shapes wins, and the removal wins over a reshape.
  execute(anna, makeReshape("turned", { ...shapes.turned, rotation: 2 } as Geometry, stamp()), null);
  execute(ben, makeReshape("turned", { ...shapes.turned, rotation: 3 } as Geometry, stamp()), null);
  execute(anna, makeRemove(["ellipse", "far"], stamp()), null);
  execute(ben, makeMove(["ellipse"], 1, 1, stamp()), null);
  sync();
  const removal = execute(ben, makeRemove(["rectangle"], stamp()), null);
  execute(ben, { ...removal.inverse!, stamp: stamp() }, null);
  anna.doc.getMap("attribute").set("nucleus/area", 1234.5);
  sync();
  return anna;
}

/** Many small outlines added by a few commands, as a model or an import adds them. */
function many(): LayerDocument {
  const stamp = stamps();
  const layer = createLayerDocument();
  layer.doc.clientID = 303;
  for (let batch = 0; batch < 4; batch++) {
    const annotations = Array.from({ length: 25 }, (_, i) => {
      const x = (i % 5) * 40 + batch * 200;
      const y = Math.floor(i / 5) * 40;
      const ring = Array.from({ length: 16 }, (__, k) => [
        x + 12 * Math.cos((k * Math.PI) / 8),
        y + (10 + (i % 5)) * Math.sin((k * Math.PI) / 8),
      ]).flat();
      return {
        id: `n${batch}x${i}`,
        geometry: { kind: "polygon", plane, parts: [[ring]] } as Geometry,
        classId: `class-${i % 3}`,
      };
    });
    const created = 1_790_000_000_000 + batch;
    execute(layer, makeAdd({ author: "model", annotations, created, stamp: stamp() }), null);
  }
  return layer;
}

/** One annotation a line. */
const json = ({ contentHash: hash, unreadable, annotations }: Expected): string => {
  const lines = annotations.map((annotation) => `  ${JSON.stringify(annotation)}`).join(",\n");
  return `{ "contentHash": "${hash}", "unreadable": ${unreadable}, "annotations": [\n${lines}\n] }`;
};

function write(name: string, layer: LayerDocument): void {
  const binary = join(folder, `${name}.bin`);
  if (existsSync(binary)) {
    console.error(`${name}.bin is frozen: it is there already and stays as it is.`);
    process.exitCode = 1;
    return;
  }
  writeFileSync(binary, Y.encodeStateAsUpdate(layer.doc));
  writeFileSync(join(folder, `${name}.json`), `${json(expectedOf(layer))}\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const version = process.argv[2];
  if (!version || !/^v[0-9]+$/.test(version)) throw new Error("Usage: node tests/compat/make.ts v<version>");
  write(`${version}-polygons`, polygons());
  write(`${version}-many`, many());
}
