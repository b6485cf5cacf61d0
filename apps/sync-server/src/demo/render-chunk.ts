import type { ChunkAddress } from "./chunk-address.ts";
import { hash2, nextHash, normal, unit } from "./random.ts";
import { CHUNK, DEMO_SEED } from "./slide-shape.ts";

/** Computes one chunk, row-major [y, x]. First form: a lattice of plain nuclei. */
export function renderChunk(address: ChunkAddress): Uint16Array | Uint32Array {
  const { level, channel } = address;
  const scale = 2 ** level;
  const spacing = level < 4 ? 40 : 40 * 2 ** (level - 3);
  const pixels = address.kind === "labels" ? new Uint32Array(CHUNK * CHUNK) : new Uint16Array(CHUNK * CHUNK);
  for (let j = 0; j < CHUNK; j++) {
    const y = (address.y * CHUNK + j + 0.5) * scale;
    for (let i = 0; i < CHUNK; i++) {
      const x = (address.x * CHUNK + i + 0.5) * scale;
      const cx = Math.floor(x / spacing),
        cy = Math.floor(y / spacing);
      let best = 9,
        second = 9,
        bestHash = 0,
        id = 0;
      for (let v = cy - 1; v <= cy + 1; v++) {
        for (let u = cx - 1; u <= cx + 1; u++) {
          const h = hash2(DEMO_SEED, u, v);
          const h2 = nextHash(h);
          const dx = (u + 0.2 + 0.6 * unit(h)) * spacing - x;
          const dy = (v + 0.2 + 0.6 * unit(h2)) * spacing - y;
          const d = Math.sqrt(dx * dx + dy * dy) / spacing;
          if (d < best) {
            second = best;
            best = d;
            bestHash = h2;
            id = v * 1640 + u + 1;
          } else if (d < second) second = d;
        }
      }
      const present = Math.sin(x / 4000) + Math.sin(y / 3000 + 1) > -0.6 ? 1 : 0;
      const inside = present * Math.max(0, Math.min(1, (0.32 - best) * 20));
      if (address.kind === "labels") {
        pixels[j * CHUNK + i] = inside > 0.5 ? id : 0;
        continue;
      }
      const shade = 0.5 + unit(nextHash(bestHash));
      const edge = Math.exp(-((second - best) ** 2) * 200) * present;
      const signal = [
        inside * 3000 * shade,
        edge * 2000,
        present * (1 - 0.7 * inside) * 1500 * shade,
        inside * 500,
      ][channel]!;
      const noise =
        (normal(hash2(channel, address.x * CHUNK + i, address.y * CHUNK + j)) *
          Math.sqrt(signal + 40) *
          1.5) /
        scale;
      pixels[j * CHUNK + i] = Math.max(0, 110 + signal + noise);
    }
  }
  return pixels;
}
