import RBush from "rbush";
import type { ImageRect } from "../geometry/index.ts";
import { type Bounded, PackedTree } from "./packed-tree.ts";

/** From so many on, those gone from the packed tree are worth packing the rest anew. */
const REPACK_LEAST = 1_000;

/** An R-tree of what changed, whose items are the snapshots themselves: no box object beyond their bounds. */
class Changing<Item extends Bounded> extends RBush<Item> {
  override toBBox(item: Item): ImageRect {
    return item.bounds;
  }
  override compareMinX(a: Item, b: Item): number {
    return a.bounds.minX - b.bounds.minX;
  }
  override compareMinY(a: Item, b: Item): number {
    return a.bounds.minY - b.bounds.minY;
  }
}

/** Items by where they are: a packed tree of those that were there when it was made, a small one of the others. */
export class SpatialIndex<Item extends Bounded> {
  #packed: PackedTree<Item>;
  readonly #gone = new Set<Item>();
  readonly #added = new Set<Item>();
  #changing = new Changing<Item>();

  constructor(items: readonly Item[] = []) {
    this.#packed = new PackedTree(items);
  }

  insert(item: Item): void {
    this.#added.add(item);
    this.#changing.insert(item);
  }

  /** An item that is in the index: the same object. */
  remove(item: Item): void {
    if (this.#added.delete(item)) {
      this.#changing.remove(item);
      return;
    }
    this.#gone.add(item);
    if (this.#gone.size > REPACK_LEAST && 2 * this.#gone.size > this.#packed.items.length) this.#repack();
  }

  /** Whose bounds meet the rectangle, in no order. */
  search(rect: ImageRect): Item[] {
    const packed = this.#packed.search(rect);
    const found = this.#gone.size === 0 ? packed : packed.filter((item) => !this.#gone.has(item));
    // Of many items no call takes all as arguments.
    return this.#added.size > 0 ? found.concat(this.#changing.search(rect)) : found;
  }

  #repack(): void {
    const left = this.#packed.items.filter((item) => !this.#gone.has(item));
    this.#packed = new PackedTree([...left, ...this.#added]);
    this.#changing = new Changing();
    this.#gone.clear();
    this.#added.clear();
  }
}
