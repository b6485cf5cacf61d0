import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseManifest } from "./manifest.ts";
import { loadManifest, loadWeights, SHIPPED_WEIGHTS } from "./weights.ts";

const json = JSON.parse(await readFile(join(SHIPPED_WEIGHTS, "manifest.json"), "utf8"));
const changed = (edit: (m: typeof json) => void) => {
  const copy = structuredClone(json);
  edit(copy);
  return () => parseManifest(copy);
};

describe("manifest", () => {
  it("names, where it is wrong, the path and what was expected", () => {
    expect(changed((m) => (m.encoder.sha256 = "no"))).toThrow(/encoder\.sha256/);
    expect(changed((m) => (m.encoder.file = "../../etc/passwd"))).toThrow(/encoder\.file/);
    expect(changed((m) => (m.encoder.bytes = 2 ** 40))).toThrow(/encoder\.bytes/);
    expect(changed((m) => (m.decoder.windows = [256, 128]))).toThrow(/ascending/);
    expect(changed((m) => (m.quantisation.scale = 0))).toThrow(/quantisation\.scale/);
    expect(changed((m) => (m.family = "yolo"))).toThrow(/family/);
    expect(changed((m) => delete m.decoder)).toThrow(/decoder/);
    expect(() => parseManifest(null)).toThrow(/object/);
    expect(() => parseManifest([])).toThrow(/object/);
  });
});

describe("weights", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "coscope-weights-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it("that ship are the ones the manifest names, within 12 MB in all", async () => {
    const manifest = await loadManifest();
    expect((await loadWeights(SHIPPED_WEIGHTS, manifest.encoder)).length).toBe(manifest.encoder.bytes);
    expect((await loadWeights(SHIPPED_WEIGHTS, manifest.decoder)).length).toBe(manifest.decoder.bytes);
    expect(manifest.encoder.bytes + manifest.decoder.bytes + json.checkpoint.bytes).toBeLessThan(12e6);
  });

  it("that are missing, of another length or of other bytes are refused by name", async () => {
    await expect(loadManifest(folder)).rejects.toMatchObject({ code: "weights-missing" });
    await writeFile(join(folder, "manifest.json"), "{");
    await expect(loadManifest(folder)).rejects.toMatchObject({ code: "bad-manifest" });
    const entry = { file: "a.onnx", bytes: 3, sha256: "0".repeat(64) };
    await expect(loadWeights(folder, entry)).rejects.toMatchObject({ code: "weights-missing" });
    await writeFile(join(folder, "a.onnx"), "four");
    await expect(loadWeights(folder, entry)).rejects.toMatchObject({
      code: "weights-changed",
      got: "4 bytes",
    });
    await writeFile(join(folder, "a.onnx"), "abc");
    await expect(loadWeights(folder, entry)).rejects.toMatchObject({ code: "weights-changed" });
  });
});
