import * as Automerge from "@automerge/automerge";
import {
  type AnnotationSnapshot,
  createLayerDocument,
  createQuery,
  execute,
  type Geometry,
  makeAdd,
} from "@coscope/annotations";
import { LoroDoc, type LoroMap } from "loro-crdt";
import RBush from "rbush";
import * as Y from "yjs";
import type { Outline } from "./outlines.ts";

/** What one annotation says, in every store: the same facts, in the shape that store's users give them. */
export interface Fact {
  readonly id: string;
  readonly points: Outline;
  readonly classId: string;
  readonly author: string;
  readonly created: number;
  readonly stamp: string;
}

/** An opened layer: how many annotations, and how many of them touch a rectangle. */
export interface Opened {
  readonly size: number;
  within(minX: number, minY: number, maxX: number, maxY: number): number;
}

export interface Candidate {
  readonly name: string;
  /** The bytes that are stored. */
  write(facts: readonly Fact[]): Uint8Array;
  /** From stored bytes to annotations with bounds in an R-tree. */
  open(bytes: Uint8Array): Opened;
}

const BATCH = 1000;

export const ours: Candidate = {
  name: "coscope",
  write(facts) {
    const document = createLayerDocument();
    for (let i = 0; i < facts.length; i += BATCH) {
      const batch = facts.slice(i, i + BATCH);
      const first = batch[0] as Fact;
      const annotations = batch.map(({ id, points, classId }) => ({
        id,
        classId,
        geometry: polygon(points),
      }));
      execute(
        document,
        makeAdd({ author: first.author, created: first.created, stamp: first.stamp, annotations }),
        "bench",
      );
    }
    return Y.encodeStateAsUpdate(document.doc);
  },
  open(bytes) {
    const document = createLayerDocument();
    Y.applyUpdate(document.doc, bytes);
    const query = createQuery(document);
    return {
      size: query.size,
      within: (minX, minY, maxX, maxY) => query.within({ minX, minY, maxX, maxY }).length,
    };
  },
};

/** The way Yjs is mostly used: a map of maps, points as a plain array. */
export const nestedYMap: Candidate = {
  name: "nested Y.Map",
  write(facts) {
    const doc = new Y.Doc();
    const map = doc.getMap<Y.Map<unknown>>("annotations");
    for (let i = 0; i < facts.length; i += BATCH)
      doc.transact(() => {
        for (const { id, ...fact } of facts.slice(i, i + BATCH)) map.set(id, new Y.Map(Object.entries(fact)));
      });
    return Y.encodeStateAsUpdate(doc);
  },
  open(bytes) {
    const doc = new Y.Doc();
    Y.applyUpdate(doc, bytes);
    const index = new Index();
    for (const [id, value] of doc.getMap<Y.Map<unknown>>("annotations"))
      index.take(
        id,
        value.get("points") as Outline,
        value.get("classId") as string,
        value.get("author") as string,
      );
    return index.opened();
  },
};

export const loro: Candidate = {
  name: "loro",
  write(facts) {
    const doc = new LoroDoc();
    const map = doc.getMap("annotations");
    for (const { id, ...fact } of facts) map.set(id, fact);
    doc.commit();
    return doc.export({ mode: "snapshot" });
  },
  open(bytes) {
    const doc = new LoroDoc();
    doc.import(bytes);
    const index = new Index();
    const map = (doc.getMap("annotations") as LoroMap<Record<string, unknown>>).toJSON() as Record<
      string,
      Fact
    >;
    for (const id in map) {
      const { points, classId, author } = map[id] as Fact;
      index.take(id, points, classId, author);
    }
    return index.opened();
  },
};

type PackedFact = Omit<Fact, "id" | "points"> & { readonly points: Uint8Array };

export const automerge: Candidate = {
  name: "automerge",
  write(facts) {
    const annotations: Record<string, PackedFact> = {};
    // As a list, every coordinate is an operation of its own: 100k outlines don't fit in memory.
    for (const { id, points, ...fact } of facts)
      annotations[id] = { ...fact, points: new Uint8Array(Int32Array.from(points).buffer) };
    return Automerge.save(Automerge.from({ annotations }));
  },
  open(bytes) {
    const { annotations } = Automerge.load<{ annotations: Record<string, PackedFact> }>(bytes);
    const index = new Index();
    for (const id in annotations) {
      const { points, classId, author } = annotations[id] as PackedFact;
      index.take(id, Array.from(new Int32Array(points.slice().buffer)), classId, author);
    }
    return index.opened();
  },
};

function polygon(points: Outline): Geometry {
  return { kind: "polygon", plane: { z: 0, t: 0 }, parts: [[points]] };
}

type Item = Pick<AnnotationSnapshot, "id" | "classId" | "author" | "bounds"> & { points: Outline };

class Tree extends RBush<Item> {
  override toBBox(item: Item) {
    return item.bounds;
  }
  override compareMinX(a: Item, b: Item) {
    return a.bounds.minX - b.bounds.minX;
  }
  override compareMinY(a: Item, b: Item) {
    return a.bounds.minY - b.bounds.minY;
  }
}

/** What `query` builds, for the stores that have none: objects by id with bounds, and an R-tree made in one go. */
class Index {
  readonly #items = new Map<string, Item>();

  take(id: string, points: Outline, classId: string, author: string): void {
    const bounds = { minX: Infinity, minY: Infinity, maxX: -Infinity, maxY: -Infinity };
    for (let i = 0; i < points.length; i += 2) {
      const x = points[i] as number;
      const y = points[i + 1] as number;
      if (x < bounds.minX) bounds.minX = x;
      if (x > bounds.maxX) bounds.maxX = x;
      if (y < bounds.minY) bounds.minY = y;
      if (y > bounds.maxY) bounds.maxY = y;
    }
    this.#items.set(id, { id, classId, author, points, bounds });
  }

  opened(): Opened {
    const tree = new Tree().load([...this.#items.values()]);
    return {
      size: this.#items.size,
      within: (minX, minY, maxX, maxY) => tree.search({ minX, minY, maxX, maxY }).length,
    };
  }
}
