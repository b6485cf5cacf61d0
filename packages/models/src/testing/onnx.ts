/** Writes small ONNX graphs for tests: the few fields of the protobuf that they need. */

export type Initializer = {
  readonly dims: readonly number[];
  /** Halves as their bits. */
  readonly data: Float32Array | BigInt64Array | Uint16Array;
  /** A file beside the graph that holds the data instead. */
  readonly external?: string;
};
export type Attribute = number | string | readonly number[] | Initializer;
export interface Node {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Whole numbers are ints, others floats. */
  readonly attributes?: Readonly<Record<string, Attribute>>;
}
/** Sizes, or names of sizes that are only known when it runs. */
export type Shape = readonly (number | string)[];
export type Port = Shape | { readonly type: keyof typeof TYPES; readonly shape: Shape };
export interface Graph {
  readonly inputs: Readonly<Record<string, Port>>;
  readonly outputs: Readonly<Record<string, Port>>;
  readonly initializers?: Readonly<Record<string, Initializer>>;
  readonly nodes: readonly Node[];
}

/** TensorProto.DataType */
export const TYPES = { float32: 1, int32: 6, int64: 7, float16: 10 } as const;

/** The bytes of a model. */
export function onnxModel(graph: Graph, opset = 13): Uint8Array {
  // The runtime complains of others.
  const used = new Set(graph.nodes.flatMap(({ inputs }) => inputs));
  const initializers = Object.entries(graph.initializers ?? {}).filter(([name]) => used.has(name));
  return concat([
    varintField(1, 8),
    bytesField(8, varintField(2, opset)),
    bytesField(
      7,
      concat([
        ...graph.nodes.map((node) => bytesField(1, nodeBytes(node))),
        textField(2, "test"),
        ...initializers.map(([name, i]) => bytesField(5, tensorBytes(name, i))),
        ...Object.entries(graph.inputs).map(([name, port]) => bytesField(11, valueBytes(name, port))),
        ...Object.entries(graph.outputs).map(([name, port]) => bytesField(12, valueBytes(name, port))),
      ]),
    ),
  ]);
}

export const floats = (dims: readonly number[], values: ArrayLike<number>): Initializer => ({
  dims,
  data: Float32Array.from(values),
});
export const ints = (...values: number[]): Initializer => ({
  dims: [values.length],
  data: BigInt64Array.from(values, BigInt),
});

function nodeBytes({ op, inputs, outputs, attributes = {} }: Node): Uint8Array {
  return concat([
    ...inputs.map((name) => textField(1, name)),
    ...outputs.map((name) => textField(2, name)),
    textField(4, op),
    ...Object.entries(attributes).map(([name, value]) => bytesField(5, attributeBytes(name, value))),
  ]);
}

function attributeBytes(name: string, value: Attribute): Uint8Array {
  const named = textField(1, name);
  if (typeof value === "string") return concat([named, textField(4, value), varintField(20, 3)]);
  if (typeof value === "number") {
    if (Number.isInteger(value)) return concat([named, varintField(3, value), varintField(20, 2)]);
    const bytes = new Uint8Array(Float32Array.of(value).buffer);
    return concat([named, key(2, 5), bytes, varintField(20, 1)]);
  }
  if ("data" in value) return concat([named, bytesField(5, tensorBytes("", value)), varintField(20, 4)]);
  return concat([named, ...value.map((v) => varintField(8, v)), varintField(20, 7)]);
}

function tensorBytes(name: string, { dims, data, external }: Initializer): Uint8Array {
  const type = data instanceof Float32Array ? "float32" : data instanceof Uint16Array ? "float16" : "int64";
  return concat([
    ...dims.map((dim) => varintField(1, dim)),
    varintField(2, TYPES[type]),
    textField(8, name),
    ...(external
      ? [bytesField(13, concat([textField(1, "location"), textField(2, external)])), varintField(14, 1)]
      : [bytesField(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength))]),
  ]);
}

function valueBytes(name: string, port: Port): Uint8Array {
  const { type, shape } = "shape" in port ? port : { type: "float32" as const, shape: port };
  const dims = shape.map((dim) =>
    bytesField(1, typeof dim === "number" ? varintField(1, dim) : textField(2, dim)),
  );
  const tensor = concat([varintField(1, TYPES[type]), bytesField(2, concat(dims))]);
  return concat([textField(1, name), bytesField(2, bytesField(1, tensor))]);
}

const key = (field: number, wire: number) => varint(field * 8 + wire);
const varintField = (field: number, value: number) => concat([key(field, 0), varint(value)]);
const bytesField = (field: number, bytes: Uint8Array) => concat([key(field, 2), varint(bytes.length), bytes]);
const textField = (field: number, text: string) => bytesField(field, new TextEncoder().encode(text));

function varint(value: number): Uint8Array {
  const out: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  do {
    const low = Number(rest & 127n);
    rest >>= 7n;
    out.push(rest > 0n ? low | 128 : low);
  } while (rest > 0n);
  return Uint8Array.from(out);
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
