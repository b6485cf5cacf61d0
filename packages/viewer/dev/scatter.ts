import type { SceneItem } from "../src/index.ts";

const COLORS = [0x56b4e9, 0xe69f00, 0x009e73, 0xcc79a7];

/** Seeded blobs of nucleus size all over an image. */
export function scatter(count: number, image: { width: number; height: number }, radius = 18): SceneItem[] {
  let state = 7;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  return Array.from({ length: count }, (_, i) => {
    const cx = random() * image.width;
    const cy = random() * image.height;
    const ring: number[] = [];
    for (let k = 0; k < 24; k++) {
      const angle = (2 * Math.PI * k) / 24;
      const reach = radius * (0.75 + 0.25 * random());
      ring.push(cx + Math.cos(angle) * reach, cy + Math.sin(angle) * reach);
    }
    return {
      id: `s${i}`,
      layerId: "layer",
      color: COLORS[i % COLORS.length]!,
      geometry: { kind: "polygon", plane: { z: "all", t: "all" }, parts: [[ring]] },
    };
  });
}
