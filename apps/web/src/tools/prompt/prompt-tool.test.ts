import type { Geometry } from "@coscope/annotations/geometry";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { MaskError } from "../../masks/errors.ts";
import type { ModelRow, ProposeArgs } from "../../masks/protocol.ts";
import type { Prompting } from "../../state/prompting.ts";
import { pointerFor, type RecordingHost, recordingHost } from "../testing.ts";
import type { Change, Tool } from "../tool.ts";
import type { OutliningHost, Sketch } from "./outlining-host.ts";
import { createPromptTool } from "./prompt-tool.ts";

const NO_KEYS = { shift: false, alt: false, ctrl: false };
const model: ModelRow = {
  id: "m",
  name: "Model",
  family: "coscope",
  default: true,
  ready: true,
  encoder: { bytes: 1, sha256: "e".repeat(64) },
  decoder: { bytes: 1, sha256: "d".repeat(64) },
  manifest: {},
};

/** A square of 20 px round the first click, a larger one as the other reading. */
function squares({ prompts }: ProposeArgs) {
  const p = prompts[0] as { x: number; y: number };
  const square = (r: number) => ({
    parts: [[[p.x - r, p.y - r, p.x + r, p.y - r, p.x + r, p.y + r, p.x - r, p.y + r]]],
    score: 0.9,
  });
  return {
    id: prompts.length,
    candidates: [square(10 + prompts.length), square(20)],
    region: { scale: 1 as const, x: 0, y: 0 },
  };
}

interface Held {
  readonly args: ProposeArgs;
  answer(): void;
  fail(error: Error): void;
}

describe("the tool for prompts", () => {
  let host: RecordingHost;
  let tool: Tool;
  let asked: Held[];
  let prompting: Prompting;
  let sketched: readonly Sketch[];
  let found: unknown;
  let mouse: ReturnType<typeof pointerFor>;

  const settled = () => vi.waitFor(() => expect(prompting.state.get().candidates).toBeGreaterThan(0));
  const changes = () => host.log.filter((entry) => (entry as unknown[])[0] === "apply") as [string, Change][];

  beforeEach(() => {
    asked = [];
    sketched = [];
    const base = recordingHost();
    const page: OutliningHost = {
      looked: () => ({ imageId: "i", width: 1000, height: 1000, z: 0, t: 0, channels: [0] }),
      view: () => ({ minX: 0, minY: 0, maxX: 500, maxY: 400 }),
      followed: () => null,
      client: () => ({
        call: ((name: string, args: unknown) => {
          if (name === "use") return Promise.resolve({ threads: 1 });
          if (name === "search") return Promise.resolve(found);
          if (name !== "propose") return Promise.resolve(null);
          return new Promise((resolve, reject) => {
            const propose = args as ProposeArgs;
            asked.push({ args: propose, answer: () => resolve(squares(propose)), fail: reject });
          });
        }) as never,
        destroy: () => {},
      }),
      onWaiting: () => () => {},
      models: async () => [model],
      placeInLine: async () => null,
      sketch: (shapes) => {
        sketched = shapes;
      },
      colorOf: () => 0xff0000,
      announce: () => {},
      say: (text) => void base.log.push(["say", text]),
      show: (shown) => {
        prompting = shown;
      },
      remember: { model: null, private: false },
    };
    host = Object.assign(base, {
      outlining: () => page,
      apply(change: Change) {
        base.log.push(["apply", change]);
        return change.add?.map((_, i) => `new${i}`) ?? [];
      },
    });
    tool = createPromptTool(host);
    tool.refresh(NO_KEYS);
    mouse = pointerFor(host, (event) => tool.pointer(event));
  });

  test("click, then Enter: an annotation with how it came to be", async () => {
    mouse.click(100, 100);
    await vi.waitFor(() => expect(asked).toHaveLength(1));
    asked[0]!.answer();
    await settled();
    expect(host.previews).toHaveLength(1);
    expect(tool.busy()).toBe(true);
    tool.key("Enter", NO_KEYS);
    await vi.waitFor(() => expect(changes()).toHaveLength(1));
    const [added] = changes()[0]![1].add!;
    expect(added!.geometry.kind).toBe("polygon");
    expect(added!.provenance).toMatchObject({
      kind: "model",
      model: "m",
      prompts: [{ kind: "point", x: 100, y: 100, inside: true }],
      region: { scale: 1, x: 0, y: 0 },
      channels: [0],
      score: 0.9,
    });
    expect(host.previews).toEqual([]);
    expect(sketched).toEqual([]);
    expect(tool.busy()).toBe(false);
  });

  test("clicks during a wait are answered in order, each on the answer before it; Enter waits for the last", async () => {
    mouse.click(100, 100);
    mouse.click(120, 100);
    mouse.click(140, 100, { alt: true });
    tool.key("Enter", NO_KEYS);
    for (let k = 0; k < 3; k++) {
      await vi.waitFor(() => expect(asked).toHaveLength(k + 1));
      expect(asked[k]!.args.prompts).toHaveLength(k + 1);
      expect(asked[k]!.args.previous).toEqual(k === 0 ? null : { id: k, candidate: 0 });
      expect(changes()).toHaveLength(0);
      asked[k]!.answer();
    }
    await vi.waitFor(() => expect(changes()).toHaveLength(1));
    expect(asked[2]!.args.prompts.map((p) => p.kind === "point" && p.inside)).toEqual([true, true, false]);
  });

  test("Backspace takes the last prompt back, also one that is not answered yet; Tab reads the clicks otherwise", async () => {
    mouse.click(100, 100);
    await vi.waitFor(() => expect(asked).toHaveLength(1));
    asked[0]!.answer();
    await settled();
    expect(tool.key("Tab", NO_KEYS)).toBe(true);
    expect(prompting.state.get()).toMatchObject({ candidate: 1, candidates: 2 });
    mouse.click(130, 100);
    await vi.waitFor(() => expect(asked).toHaveLength(2));
    expect(asked[1]!.args.previous).toEqual({ id: 1, candidate: 1 });
    tool.key("Backspace", NO_KEYS);
    asked[1]!.answer();
    await settled();
    tool.key("Enter", NO_KEYS);
    await vi.waitFor(() => expect(changes()).toHaveLength(1));
    expect(changes()[0]![1].add![0]!.provenance!["prompts"]).toHaveLength(1);
    mouse.click(100, 100);
    tool.key("Backspace", NO_KEYS);
    expect(tool.busy()).toBe(false);
  });

  test("a double-click is one prompt, and keeps it; a drag is a box; Escape drops", async () => {
    mouse.doubleClick(100, 100);
    await vi.waitFor(() => expect(asked).toHaveLength(1));
    asked[0]!.answer();
    await vi.waitFor(() => expect(changes()).toHaveLength(1));
    mouse.drag([10, 10], [60, 50]);
    await vi.waitFor(() => expect(asked).toHaveLength(2));
    expect(asked[1]!.args.prompts).toEqual([{ kind: "box", minX: 10, minY: 10, maxX: 60, maxY: 50 }]);
    expect(host.box).toBeNull();
    expect(tool.cancel()).toBe(true);
    asked[1]!.answer();
    expect(tool.busy()).toBe(false);
    expect(tool.key("Enter", NO_KEYS)).toBe(false);
    expect(changes()).toHaveLength(1);
  });

  test("what fails is said with the next step, and nothing is left behind", async () => {
    mouse.click(100, 100);
    await vi.waitFor(() => expect(asked).toHaveLength(1));
    asked[0]!.fail(new MaskError("no-encoder", "No encoder.", "Go private."));
    await vi.waitFor(() =>
      expect(prompting.state.get().status).toEqual({
        kind: "failed",
        text: "No encoder.",
        next: "Go private.",
        privateHelps: true,
      }),
    );
    expect(tool.busy()).toBe(false);
    // The next click tries again.
    mouse.click(100, 100);
    expect(prompting.state.get().status.kind).not.toBe("failed");
    await vi.waitFor(() => expect(asked).toHaveLength(2));
    asked[1]!.answer();
    await settled();
    tool.cancel();
    // Outside alone says nothing to the network.
    mouse.click(5, 5, { alt: true });
    expect(tool.busy()).toBe(false);
    expect(host.log.at(-1)).toMatchObject(["say", expect.stringMatching(/first/)]);
  });

  test("suggestions: a slider, one by one, and all together as one change", async () => {
    const suggestion = (x: number, score: number) => {
      const ring = [x, 10, x + 20, 10, x + 20, 30, x, 30];
      return { parts: [[ring]], score, area: 400, prompt: { kind: "point", x: x + 10, y: 20, inside: true } };
    };
    found = { found: [0.9, 0.8, 0.6, 0.4, 0.2].map((s, i) => suggestion(i * 40, s)), leftOut: 2 };
    prompting.everything();
    await vi.waitFor(() =>
      expect(prompting.state.get().region).toMatchObject({ kind: "review", shown: 4, leftOut: 2 }),
    );
    prompting.setThreshold(0.1);
    expect(sketched).toHaveLength(5);
    prompting.setThreshold(0.5);
    expect(sketched).toHaveLength(3);
    tool.key("Next", NO_KEYS);
    tool.key("Backspace", NO_KEYS);
    expect(prompting.state.get().region).toMatchObject({ shown: 2, total: 4 });
    mouse.click(90, 20);
    await vi.waitFor(() => expect(changes()).toHaveLength(1));
    await vi.waitFor(() => expect(prompting.state.get().region).toMatchObject({ shown: 1, accepted: 1 }));
    prompting.setThreshold(0);
    prompting.acceptAll();
    await vi.waitFor(() => expect(changes()).toHaveLength(2));
    expect(changes()[1]![1].add).toHaveLength(3);
    expect(prompting.state.get().region).toBeNull();
    expect(sketched).toEqual([]);
  });

  test("inside a selected region too large to be corrected, clicks outline what is in it", async () => {
    const region = { kind: "rectangle", plane: { z: 0, t: 0 }, x: 0, y: 0, rotation: 0 } as const;
    host.put("region", { ...region, width: 9000, height: 9000 });
    host.select(["region"]);
    mouse.click(100, 100);
    await vi.waitFor(() => expect(asked).toHaveLength(1));
    expect(prompting.state.get().refining).toBe(false);
  });

  test("a preview under the pointer is nobody else's business, and not over what is outlined", () => {
    const taken: Geometry = {
      kind: "rectangle",
      plane: { z: 0, t: 0 },
      x: 0,
      y: 0,
      width: 50,
      height: 50,
      rotation: 0,
    };
    host.put("a", taken);
    mouse.hover(25, 25);
    expect(host.previews).toEqual([]);
  });
});
