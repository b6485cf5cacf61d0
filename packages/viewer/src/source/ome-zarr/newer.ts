type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const asArray = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

/** Transformations that keep pixels where they are, up to scale: all that a viewer of one image needs. */
const APPLIED = new Set(["scale", "translation", "identity"]);

/** OME-Zarr 0.6 nests transformations in sequences; 0.5 lists them. */
function flattened(transformations: unknown, depth = 0): unknown[] {
  return asArray(transformations).flatMap((entry) =>
    isObject(entry) && entry["type"] === "sequence" && depth < 8
      ? flattened(entry["transformations"], depth + 1)
      : [entry],
  );
}

function ignored(transformations: readonly unknown[]): string[] {
  return transformations
    .map((entry) => (isObject(entry) ? String(entry["type"]) : "?"))
    .filter((type) => !APPLIED.has(type));
}

/** The axes of the coordinate system that the levels lead to. */
function axesOf(multiscale: Json): unknown {
  if (Array.isArray(multiscale["axes"])) return multiscale["axes"];
  const systems = asArray(multiscale["coordinateSystems"]).filter(isObject);
  const first = asArray(multiscale["datasets"]).find(isObject);
  const output = asArray(first?.["coordinateTransformations"]).find(isObject)?.["output"];
  const name = isObject(output) ? output["name"] : output;
  return (systems.find((system) => system["name"] === name) ?? systems[0])?.["axes"];
}

function downgraded(multiscale: Json, left: Set<string>): Json {
  const datasets = asArray(multiscale["datasets"]).map((dataset) => {
    if (!isObject(dataset)) return dataset;
    const transformations = flattened(dataset["coordinateTransformations"]);
    for (const type of ignored(transformations)) left.add(type);
    return {
      ...dataset,
      coordinateTransformations: transformations.filter((entry) => ignored([entry]).length === 0),
    };
  });
  // Those of the image lead to further systems (a stage, an atlas), not to its own: none changes its pixels.
  for (const type of ignored(flattened(multiscale["coordinateTransformations"]))) left.add(type);
  const { coordinateTransformations: _, ...rest } = multiscale;
  return { ...rest, axes: axesOf(multiscale), datasets };
}

/**
 * Metadata of OME-Zarr 0.6 in the shape of 0.5, and what was left out of it;
 * anything older is returned as it is.
 * @param ome `attributes.ome` of a group
 */
export function asVersion05(ome: Json): { ome: Json; warnings: string[] } {
  const multiscales = asArray(ome["multiscales"]);
  const isNewer = multiscales.some((entry) => isObject(entry) && Array.isArray(entry["coordinateSystems"]));
  if (!isNewer) return { ome, warnings: [] };
  const left = new Set<string>();
  const changed = multiscales.map((entry) => (isObject(entry) ? downgraded(entry, left) : entry));
  const version = typeof ome["version"] === "string" ? ome["version"] : "0.6";
  const what = left.size > 0 ? ` Not applied: ${[...left].join(", ")}.` : "";
  return {
    ome: { ...ome, multiscales: changed },
    warnings: [`The image is OME-Zarr ${version}, of which scale and axes are read.${what}`],
  };
}
