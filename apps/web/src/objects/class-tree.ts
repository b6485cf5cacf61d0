import { isIgnored, pathOf } from "@coscope/annotations/class-names";

/** Classes as a tree: `A: B` is derived from `A`. */

interface NamedClass {
  readonly id: string;
  readonly name: string;
}

export interface ClassNode<Row extends NamedClass> {
  /** The whole name, as `A: B`. */
  readonly path: string;
  /** The last part of it. */
  readonly name: string;
  /** null where only derived classes exist. */
  readonly row: Row | null;
  /** Place among all classes, which gives the digit; -1 without a row. */
  readonly index: number;
  readonly depth: number;
  readonly children: readonly ClassNode<Row>[];
}

/** In the order of the rows: a derived class stands under its base, wherever it is in the list. */
export function classTree<Row extends NamedClass>(rows: readonly Row[]): ClassNode<Row>[] {
  interface Draft {
    path: string;
    name: string;
    row: Row | null;
    index: number;
    depth: number;
    children: Draft[];
  }
  const roots: Draft[] = [];
  const byPath = new Map<string, Draft>();
  rows.forEach((row, index) => {
    const parts = pathOf(row.name);
    let siblings = roots;
    let node: Draft | null = null;
    parts.forEach((name, depth) => {
      const path = parts.slice(0, depth + 1).join(": ");
      let next = byPath.get(path);
      if (!next) {
        next = { path, name, row: null, index: -1, depth, children: [] };
        byPath.set(path, next);
        siblings.push(next);
      }
      node = next;
      siblings = next.children;
    });
    const at = node as Draft | null;
    if (!at) return;
    if (at.row === null) {
      at.row = row;
      at.index = index;
    } else {
      // Two classes may have one name; each is shown.
      const twin = { path: at.path, name: at.name, row, index, depth: at.depth, children: [] };
      (byPath.get(parts.slice(0, -1).join(": "))?.children ?? roots).push(twin);
    }
  });
  return roots;
}

/** What a node and all below it have together. */
export function countBelow<Row extends NamedClass>(
  node: ClassNode<Row>,
  counts: ReadonlyMap<string | null, number>,
): number {
  const own = node.row ? (counts.get(node.row.id) ?? 0) : 0;
  return node.children.reduce((sum, child) => sum + countBelow(child, counts), own);
}

/** As they are drawn, from above; what lies under a closed node is left out. */
export function openNodes<Row extends NamedClass>(
  nodes: readonly ClassNode<Row>[],
  closed: ReadonlySet<string>,
): ClassNode<Row>[] {
  return nodes.flatMap((node) => [node, ...(closed.has(node.path) ? [] : openNodes(node.children, closed))]);
}

/** A class together with all that are derived from it by name. */
export function withDerived(rows: readonly NamedClass[], id: string): ReadonlySet<string> {
  const base = rows.find((row) => row.id === id);
  if (!base) return new Set([id]);
  const path = pathOf(base.name).join(": ");
  const within = (name: string) => {
    const other = pathOf(name).join(": ");
    return other === path || other.startsWith(`${path}: `);
  };
  return new Set([id, ...rows.filter(({ name }) => within(name)).map((row) => row.id)]);
}

/** All classes that are not ignored, and Unclassified (""). */
export function withoutIgnored(rows: readonly NamedClass[]): ReadonlySet<string> {
  return new Set(["", ...rows.filter(({ name }) => !isIgnored(name)).map(({ id }) => id)]);
}
