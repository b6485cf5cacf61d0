import { type Cell, type Embedding, type Manifest, unpackEmbedding } from "@coscope/models";
import { sha256 } from "./digest.ts";
import type { Purpose } from "./embeddings.ts";
import { fromResponse, MaskError } from "./errors.ts";
import type { ModelRow, Scene } from "./protocol.ts";

export type Fetch = (url: string, init?: RequestInit) => Promise<Response>;

/** A click waits for a full queue this often, and no longer than this each time. */
const TRIES = 4;
const LONGEST_WAIT_S = 10;

/** A region's embedding from the server, as this scene needs it. */
export async function fetchEmbedding(
  fetcher: Fetch,
  scene: Scene,
  cell: Cell,
  purpose: Purpose,
  manifest: Manifest,
  signal: AbortSignal,
): Promise<Embedding> {
  const query = new URLSearchParams({
    model: scene.model.id,
    scale: String(cell.scale),
    x: String(cell.x),
    y: String(cell.y),
    z: String(scene.z),
    t: String(scene.t),
    channels: scene.channels.join(","),
    for: purpose,
  });
  const url = `/api/images/${encodeURIComponent(scene.imageId)}/embeddings?${query}`;
  for (let attempt = 1; ; attempt++) {
    const response = await ask(fetcher, url, signal);
    if (response.ok) return unpackEmbedding(new Uint8Array(await response.arrayBuffer()), manifest);
    const body: unknown = await response.json().catch(() => null);
    if (response.status !== 429 || purpose !== "click" || attempt === TRIES)
      throw fromResponse(response.status, body, "embedding");
    const after = Number(response.headers.get("retry-after"));
    await pause(Math.min(LONGEST_WAIT_S, after > 0 ? after : attempt), signal);
  }
}

/** A model's file, its length and SHA-256 compared with what the server says of it. */
export async function fetchWeights(
  fetcher: Fetch,
  model: ModelRow,
  which: "encoder" | "decoder",
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const wanted = model[which];
  const url = `/api/models/${encodeURIComponent(model.id)}/files/${which}.onnx?sha256=${wanted.sha256}`;
  const response = await ask(fetcher, url, signal);
  if (!response.ok) throw fromResponse(response.status, await response.json().catch(() => null), "weights");
  const bytes = new Uint8Array(await response.arrayBuffer());
  if (bytes.length !== wanted.bytes || (await sha256(bytes)) !== wanted.sha256)
    throw new MaskError(
      "no-weights",
      "The model's file came damaged.",
      "Reload the page; if it stays, ask whoever runs Coscope to run “coscope models verify”.",
    );
  return bytes;
}

async function ask(fetcher: Fetch, url: string, signal?: AbortSignal): Promise<Response> {
  try {
    return await fetcher(url, { credentials: "same-origin", ...(signal && { signal }) });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new MaskError(
      "offline",
      "The server does not answer.",
      "What is outlined is kept; try again when the connection is back.",
      error,
    );
  }
}

function pause(seconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(done, seconds * 1000);
    function done() {
      signal.removeEventListener("abort", gone);
      resolve();
    }
    function gone() {
      clearTimeout(timer);
      reject(signal.reason as Error);
    }
    signal.addEventListener("abort", gone, { once: true });
  });
}
