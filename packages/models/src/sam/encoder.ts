import { checkEmbedding, type Embedding, paddedSize } from "../embedding.ts";
import { ModelError } from "../errors.ts";
import type { Manifest } from "../manifest.ts";
import type { Planes } from "../planes.ts";
import type { Runtime, Session } from "../runtime.ts";
import { quantiseTensor } from "../tensors.ts";
import { inputOf } from "./frame.ts";
import type { SamSpec } from "./manifest.ts";

/** A region through SAM's encoder; all tensors that the decoder wants, int8. */
export async function encodeSam(
  runtime: Runtime,
  session: Session,
  manifest: Manifest,
  spec: SamSpec,
  region: Planes,
): Promise<Embedding> {
  const { data, dims } = inputOf(region, spec);
  const out = await session.run({ [spec.input.name]: new runtime.Tensor("float32", data, dims) });
  const tensors = spec.tensors.map(({ output, input }) => {
    const tensor = out[output];
    if (!(tensor?.data instanceof Float32Array)) {
      throw new ModelError(
        "weights-refused",
        `a float32 output "${output}"`,
        tensor ? tensor.type : `only ${Object.keys(out).join(", ")}`,
        "Add the model again: `npm run coscope -- models add` reads what its graphs take and give.",
      );
    }
    return quantiseTensor(input, tensor.dims, tensor.data);
  });
  const { width, height } = region;
  const none = new Int8Array(0);
  const embedding: Embedding = {
    width,
    height,
    paddedWidth: paddedSize(width, manifest.encoder),
    paddedHeight: paddedSize(height, manifest.encoder),
    fine: none,
    coarse: none,
    tensors,
  };
  checkEmbedding(embedding, manifest);
  return embedding;
}
