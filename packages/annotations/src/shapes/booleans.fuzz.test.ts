import { expect, test } from "vitest";
import { capsule } from "./brush.ts";
import { randomRing } from "./oracle.testing.ts";
import { faultOf, seeded } from "./overlay.testing.ts";
import { cleanParts, overlay, subtractClean, unitBoxOf, uniteClean } from "./overlay.ts";
import { type Parts, partsArea } from "./parts.ts";

/* That quick ways give what slow ones do. Whether those are right, oracle.fuzz.test.ts asks others. */

const RUNS = Number(process.env.COSCOPE_FUZZ_RUNS ?? (process.env.COSCOPE_FULL ? 10_000 : 300));

test("many at once are what one after the other gives", () => {
  const random = seeded(6);
  for (let run = 0; run < RUNS / 10; run++) {
    const grid = [1, 64][run % 2]!;
    const shapes = Array.from({ length: 6 }, () => cleanParts([[randomRing(random, grid, 20)]]));
    const all = uniteClean(shapes);
    expect(faultOf(all)).toBeNull();
    const one = shapes.reduce((sum, parts) => overlay(sum, parts, "union"), [] as Parts);
    expect(Math.abs(partsArea(all) - partsArea(one))).toBeLessThan(1);
    const rest = subtractClean(shapes[0]!, shapes.slice(1));
    expect(faultOf(rest)).toBeNull();
    const cut = shapes.slice(1).reduce((left, parts) => overlay(left, parts, "subtract"), shapes[0]!);
    expect(Math.abs(partsArea(rest) - partsArea(cut))).toBeLessThan(1);
  }
});

test("a stroke that looks into its own box only gives what looking everywhere gives", () => {
  for (let seed = 0; seed < Math.max(6, RUNS / 50); seed++) {
    const random = seeded(seed);
    const scale = [1, 6, 30][seed % 3]!;
    let parts = cleanParts([[randomRing(random, [64, 8, 1][seed % 3]!, 100 * scale)]]);
    const dab = () => ({
      x: random() * 100 * scale,
      y: random() * 100 * scale,
      radius: (0.3 + random() * 8) * scale,
    });
    for (let event = 0; event < 12 && parts.length > 0; event++) {
      const stroke = [[capsule(dab(), dab())]];
      const operation = random() < 0.5 ? "union" : "subtract";
      const local = overlay(parts, stroke, operation, unitBoxOf(stroke));
      const fault = faultOf(local);
      if (fault) expect.fail(`${fault}: seed ${seed}, event ${event}`);
      const everywhere = overlay(parts, stroke, operation);
      expect(Math.abs(partsArea(local) - partsArea(everywhere))).toBeLessThan(0.1);
      parts = local;
    }
  }
}, 300_000);
