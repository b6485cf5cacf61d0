import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { repository } from "../../e2e/support/build-page.ts";

const SCRIPT = join(import.meta.dirname, "../peers/sam_graphs.py");
const FOLDER = join(repository, ".cache", "peers");
const STAMP = join(FOLDER, "sam_graphs.sha256");

/** ONNX graphs of the peers' architectures with random weights, which do for timing. */
export interface PeerGraphs {
  /** MobileSAM's ViT-T: `image` [1, 3, 1024, 1024] to `image_embeddings` [1, 256, 64, 64]. */
  readonly encoder: string;
  /** SAM's prompt encoder and mask decoder, as SAM's own export has them. */
  readonly decoder: string;
}

/** Makes them in .cache where they are not there yet; null, and says why, where no Python with PyTorch is. */
export function peerGraphs(): PeerGraphs | null {
  const graphs = { encoder: join(FOLDER, "vit-t-encoder.onnx"), decoder: join(FOLDER, "sam-decoder.onnx") };
  const wanted = createHash("sha256").update(readFileSync(SCRIPT)).digest("hex");
  const there = existsSync(graphs.encoder) && existsSync(graphs.decoder) && existsSync(STAMP);
  if (there && readFileSync(STAMP, "utf8") === wanted) return graphs;
  const python = process.env["COSCOPE_TORCH_PYTHON"] ?? "python3";
  mkdirSync(FOLDER, { recursive: true });
  const { status, stdout, stderr, error } = spawnSync(python, [SCRIPT, FOLDER], { encoding: "utf8" });
  if (status === 0) {
    console.error(stdout.trim());
    writeFileSync(STAMP, wanted);
    return graphs;
  }
  const why = error?.message ?? stderr.trim().split("\n").at(-1);
  console.error(
    `The graphs of MobileSAM and SAM could not be made (${why}): their columns stay empty. Name a Python with torch and onnx in COSCOPE_TORCH_PYTHON (the versions are in tests/bench/peers/sam_graphs.py).`,
  );
  return null;
}
