import { describe, expect, it } from "vitest";
import { crop, double, enlarge, halve, type Planes, padTo } from "./planes.ts";

const planes = (width: number, height: number, ...data: number[]): Planes => ({
  channels: data.length / (width * height),
  width,
  height,
  data: Float32Array.from(data),
});

describe("planes", () => {
  it("halves by means, and repeats an odd edge", () => {
    expect([...halve(planes(3, 3, 1, 3, 5, 5, 7, 9, 0, 2, 4)).data]).toEqual([4, 7, 1, 4]);
  });

  it("doubles linearly between centres, edges repeated", () => {
    expect([...double(planes(2, 1, 0, 4)).data]).toEqual([0, 1, 3, 4, 0, 1, 3, 4]);
  });

  it("enlarges as OpenCV's cubic does", () => {
    // cv2.resize(np.float32([[0, 1, 0, 0], [2, 0, 0, 5]]), (8, 4), interpolation=cv2.INTER_CUBIC)
    const expected = [
      [-0.349777, 0.126175, 0.923813, 1.01239, 0.352356, -0.236069, -0.446732, -0.582962],
      [0.419342, 0.552887, 0.78244, 0.592163, 0.067017, 0.175079, 0.848969, 1.252289],
      [1.686127, 1.255707, 0.549591, -0.099976, -0.402954, 0.852264, 2.983063, 4.275055],
      [2.455246, 1.682419, 0.408218, -0.520203, -0.688293, 1.263412, 4.278763, 6.110306],
    ].flat();
    const got = enlarge(planes(4, 2, 0, 1, 0, 0, 2, 0, 0, 5));
    expect([got.width, got.height]).toEqual([8, 4]);
    got.data.forEach((v, i) => {
      expect(v).toBeCloseTo(expected[i] as number, 5);
    });
  });

  it("crops and pads plane by plane", () => {
    const p = planes(3, 2, 1, 2, 3, 4, 5, 6, 10, 20, 30, 40, 50, 60);
    const c = crop(p, 1, 0, 5, 1);
    expect([c.width, c.height, ...c.data]).toEqual([2, 1, 2, 3, 20, 30]);
    expect([...padTo(c, 3, 2).data]).toEqual([2, 3, 0, 0, 0, 0, 20, 30, 0, 0, 0, 0]);
  });
});
