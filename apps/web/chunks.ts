interface Graph {
  getModuleInfo(
    id: string,
  ): { readonly importedIds: readonly string[]; readonly dynamicallyImportedIds: readonly string[] } | null;
}

const SOURCES = `${import.meta.dirname}/src/`.replaceAll("\\", "/");
const START = `${SOURCES}main.tsx`;
const IMAGE = `${SOURCES}pages/WorkspacePage.tsx`;
/** Needs much of what an image does, hardly ever: the list of images must not load that for it. */
const STRANDED = `${SOURCES}stranded/StrandedCard.tsx`;
/** Lists more than the page takes from it; what is taken is found by the bundler and follows who takes it. */
const INDEX = /\/packages\/\w+\/src\/(?:\w+\/)?index\.ts$/;

/**
 * The first load in a few files. By itself the bundler cuts one for each set of parts that share some
 * modules: 80 requests, and 25 KB more, as each is compressed alone. An image's page is in one file, less what
 * starts the page and what the list of images needs as well, which must not load the viewer.
 */
export function firstLoadGroups() {
  let chunks: ReadonlyMap<string, string> | null = null;
  // A group takes along what its modules import: what others share must have been taken before.
  const order = ["app", "shared", "WorkspacePage"];
  return order.map((chunk, at) => ({
    name(id: string, graph: Graph) {
      chunks ??= chunksOf(graph);
      return chunks.get(id) === chunk ? chunk : null;
    },
    debugName: chunk,
    priority: order.length - at,
  }));
}

function chunksOf(graph: Graph): Map<string, string> {
  const app = reached(graph, START, { later: false, stop: (id) => INDEX.test(id) });
  const elsewhere = reached(graph, START, { later: true, stop: (id) => id === IMAGE || id === STRANDED });
  const image = reached(graph, IMAGE, { later: false, stop: (id) => INDEX.test(id) });
  const chunks = new Map<string, string>();
  for (const id of image) chunks.set(id, elsewhere.has(id) ? "shared" : "WorkspacePage");
  for (const id of app) chunks.set(id, "app");
  return chunks;
}

interface Way {
  /** Along `import()` as well. */
  readonly later: boolean;
  readonly stop: (id: string) => boolean;
}

function reached(graph: Graph, from: string, { later, stop }: Way): Set<string> {
  if (!graph.getModuleInfo(from)) throw new Error(`${from} is not part of the page`);
  const seen = new Set<string>();
  const queue = [from];
  for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
    if (seen.has(id) || stop(id)) continue;
    seen.add(id);
    const info = graph.getModuleInfo(id);
    if (info) queue.push(...info.importedIds, ...(later ? info.dynamicallyImportedIds : []));
  }
  return seen;
}
