import { Editor } from "./editor.ts";
import { Ledger } from "./ledger.ts";
import { Network } from "./network.ts";
import {
  checkConverged,
  checkNothingVanished,
  compare,
  contentsOf,
  contentsWithout,
  stampsOfOthers,
} from "./promises.ts";
import { createRandom } from "./random.ts";

export interface Options {
  readonly seed: number;
  readonly editors: number;
  readonly steps: number;
}

/** Runs one random history and checks every promise. Throws, with the seed, where one is broken. */
export function simulate(options: Options): void {
  try {
    run(options);
  } catch (error) {
    const again = `COSCOPE_SEED=${options.seed}, ${options.editors} editors, ${options.steps} steps`;
    throw new Error(`${again}: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}

function run({ seed, editors: count, steps }: Options): void {
  const random = createRandom(seed);
  const ledger = new Ledger();
  const network = new Network(random);
  const editors = Array.from(
    { length: count },
    (_, i) => new Editor("abcdefgh"[i]!, random, network, ledger),
  );
  for (const editor of editors) editor.connect();
  for (let step = 0; step < steps; step++) {
    const choice = random.next();
    if (choice < 0.35) random.pick(editors).act();
    else if (choice < 0.37) random.pick(editors).toggleNetwork();
    else if (choice < 0.373) random.pick(editors).reload();
    else network.step();
  }
  network.settle();
  checkConverged(network.doc, editors);
  checkNothingVanished(network.doc, ledger);

  // A reload ends a page's undo stack, so only someone who never reloaded can undo everything.
  const lasting = editors.filter((editor) => editor.reloads === 0);
  if (lasting.length === 0) return;
  const one = random.pick(lasting);
  const { doc } = one.layer;
  while (one.undo.redo());
  network.settle();
  const before = contentsOf(doc);
  const expected = contentsWithout(one.name, doc, ledger);
  const others = stampsOfOthers(one.name, doc, ledger);
  while (one.undo.undo());
  compare(`What is not ${one.name}'s`, others, stampsOfOthers(one.name, doc, ledger));
  compare(`After ${one.name} undid everything`, expected, contentsOf(doc));
  network.settle();
  checkConverged(network.doc, editors);
  while (one.undo.redo());
  compare(`After ${one.name} redid everything`, before, contentsOf(doc), ledger.leftBy(one.name));
  network.settle();
  checkConverged(network.doc, editors);
}
