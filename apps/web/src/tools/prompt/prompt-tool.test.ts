import type { Geometry } from "@coscope/annotations/geometry";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { MaskError } from "../../masks/errors.ts";
import { pointerFor } from "../testing.ts";
import type { Change, Tool } from "../tool.ts";
import { createPromptTool } from "./prompt-tool.ts";
import { type FakePage, fakePage, model } from "./testing.ts";

const NO_KEYS = { shift: false, alt: false, ctrl: false };

describe("the tool for prompts", () => {
  let page: FakePage;
  let host: FakePage["host"];
  let tool: Tool;
  let asked: FakePage["asked"];
  let mouse: ReturnType<typeof pointerFor>;

  const state = () => page.prompting.state.get();
  const settled = () => vi.waitFor(() => expect(state().candidates).toBeGreaterThan(0));
  const changes = () => host.log.filter((entry) => (entry as unknown[])[0] === "apply") as [string, Change][];
  const dashed = () => page.sketched.filter((one) => one.dashed);
  const box = (x: number, size: number): Geometry => {
    return { kind: "rectangle", plane: { z: 0, t: 0 }, x, y: x, width: size, height: size, rotation: 0 };
  };

  beforeEach(() => {
    page = fakePage();
    ({ host, asked } = page);
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
    expect(page.sketched).toEqual([]);
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
    expect(state()).toMatchObject({ candidate: 1, candidates: 2 });
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
      expect(state().status).toEqual({
        kind: "failed",
        text: "No encoder.",
        next: "Go private.",
        privateHelps: true,
      }),
    );
    expect(tool.busy()).toBe(false);
    // The next click tries again.
    mouse.click(100, 100);
    expect(state().status.kind).not.toBe("failed");
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
      return {
        parts: [[ring]],
        score,
        area: 400,
        region: { scale: 2, x: 512, y: 0 },
        prompt: { kind: "point", x: x + 10, y: 20, inside: true },
      };
    };
    page.found = { found: [0.9, 0.8, 0.6, 0.4, 0.2].map((s, i) => suggestion(i * 40, s)), leftOut: 2 };
    page.prompting.everything();
    await vi.waitFor(() => expect(state().region).toMatchObject({ kind: "review", shown: 4, leftOut: 2 }));
    page.prompting.setThreshold(0.1);
    expect(page.sketched).toHaveLength(5);
    page.prompting.setThreshold(0.5);
    expect(page.sketched).toHaveLength(3);
    tool.key("Next", NO_KEYS);
    tool.key("Backspace", NO_KEYS);
    expect(state().region).toMatchObject({ shown: 2, total: 4 });
    mouse.click(90, 20);
    await vi.waitFor(() => expect(changes()).toHaveLength(1));
    await vi.waitFor(() => expect(state().region).toMatchObject({ shown: 1, accepted: 1 }));
    page.prompting.setThreshold(0);
    page.prompting.acceptAll();
    await vi.waitFor(() => expect(changes()).toHaveLength(2));
    expect(changes()[1]![1].add).toHaveLength(3);
    for (const [, { add }] of changes())
      for (const { provenance } of add!)
        expect(provenance).toMatchObject({ kind: "model", region: { scale: 2, x: 512, y: 0 } });
    expect(state().region).toBeNull();
    expect(page.sketched).toEqual([]);
  });

  test("everything in view: where nothing is found it says what would help", async () => {
    const said = () => host.log.filter((entry) => (entry as unknown[])[0] === "say");
    page.found = { found: [], leftOut: 0 };
    page.prompting.everything();
    await vi.waitFor(() => expect(said()).toHaveLength(1));
    expect(said()[0]).toMatchObject(["say", expect.stringMatching(/Zoom in/)]);
    expect(state().region).toBeNull();
  });

  test("inside a selected region too large to be corrected, clicks outline what is in it", async () => {
    const region = { kind: "rectangle", plane: { z: 0, t: 0 }, x: 0, y: 0, rotation: 0 } as const;
    host.put("region", { ...region, width: 9000, height: 9000 });
    host.select(["region"]);
    mouse.click(100, 100);
    await vi.waitFor(() => expect(asked).toHaveLength(1));
    expect(state().refining).toBe(false);
  });

  test("a preview under the pointer is dashed and nobody else's business; not over what is outlined", async () => {
    host.put("a", box(0, 50));
    mouse.hover(25, 25);
    expect(page.calls.some(({ name }) => name === "hover")).toBe(false);
    mouse.hover(100, 100);
    await vi.waitFor(() => expect(dashed()).toHaveLength(1));
    expect(dashed()[0]!.geometry).toMatchObject({ parts: [[[90, 90, 110, 90, 110, 110, 90, 110]]] });
    expect(host.previews).toEqual([]);
    expect(tool.busy()).toBe(false);
    mouse.hover(25, 25);
    expect(page.sketched).toEqual([]);
  });

  test("the answer is asked for and drawn while the button is down; released, it is the proposal", async () => {
    mouse.hover(100, 100);
    await vi.waitFor(() => expect(dashed()).toHaveLength(1));
    mouse.event("down", { x: 101, y: 100 });
    expect(dashed()).toHaveLength(1);
    await vi.waitFor(() => expect(asked).toHaveLength(1));
    expect(asked[0]!.args.prompts).toEqual([{ kind: "point", x: 101, y: 100, inside: true }]);
    asked[0]!.answer();
    await settled();
    expect(page.sketched).toMatchObject([{ geometry: { parts: [[[90, 89, 112, 89, 112, 111, 90, 111]]] } }]);
    expect(state()).toMatchObject({ proposed: false, candidates: 1 });
    // Nobody else sees what is not clicked yet.
    expect(host.previews).toEqual([]);
    mouse.event("up", { x: 102, y: 101 });
    await vi.waitFor(() => expect(state()).toMatchObject({ proposed: true, candidates: 2 }));
    expect(asked).toHaveLength(1);
    expect(host.previews).toHaveLength(1);

    // The same for what corrects it.
    mouse.event("down", { x: 130, y: 100 }, { alt: true });
    await vi.waitFor(() => expect(asked).toHaveLength(2));
    expect(asked[1]!.args.previous).toEqual({ id: 1, candidate: 0 });
    mouse.event("up", { x: 130, y: 100 }, { alt: true });
    asked[1]!.answer();
    await vi.waitFor(() =>
      expect(host.previews[0]!.geometry).toMatchObject({ parts: [[[89, 88, 113, 88, 113, 112, 89, 112]]] }),
    );
    expect(asked).toHaveLength(2);
  });

  test("a press that becomes a drag, or comes to nothing, leaves nothing behind; a click after another reading asks anew", async () => {
    mouse.event("down", { x: 100, y: 100 });
    await vi.waitFor(() => expect(asked).toHaveLength(1));
    mouse.event("move", { x: 140, y: 140 });
    expect(asked[0]!.signal!.aborted).toBe(true);
    asked[0]!.answer();
    mouse.event("cancel", { x: 140, y: 140 });
    expect(tool.busy()).toBe(false);
    expect(page.sketched).toEqual([]);

    mouse.click(100, 100);
    await vi.waitFor(() => expect(asked).toHaveLength(2));
    asked[1]!.answer();
    await settled();
    mouse.event("down", { x: 130, y: 100 });
    await vi.waitFor(() => expect(asked).toHaveLength(3));
    tool.key("Tab", NO_KEYS);
    mouse.event("up", { x: 130, y: 100 });
    await vi.waitFor(() => expect(asked).toHaveLength(4));
    expect(asked[2]!.signal!.aborted).toBe(true);
    expect(asked[3]!.args.previous).toEqual({ id: 1, candidate: 1 });
  });

  test("what a press cannot get is said when it is a click", async () => {
    mouse.event("down", { x: 100, y: 100 });
    await vi.waitFor(() => expect(asked).toHaveLength(1));
    asked[0]!.fail(new MaskError("busy", "Busy.", "Wait."));
    await Promise.resolve();
    expect(state().status.kind).not.toBe("failed");
    mouse.event("up", { x: 100, y: 100 });
    await vi.waitFor(() => expect(state().status).toMatchObject({ kind: "failed", text: "Busy." }));
    expect(tool.busy()).toBe(false);
  });

  test("a correction says how it came to be and what was known before; a box does not end it", async () => {
    host.put("drawn", box(90, 20));
    host.select(["drawn"]);
    mouse.click(115, 100);
    await vi.waitFor(() => expect(asked).toHaveLength(1));
    expect(asked[0]!.name).toBe("refine");
    asked[0]!.answer();
    await settled();
    mouse.drag([10, 10], [60, 50]);
    expect(host.log.at(-1)).toMatchObject(["say", expect.stringMatching(/keep this correction first/)]);
    expect(state()).toMatchObject({ proposed: true, refining: true });
    tool.key("Enter", NO_KEYS);
    await vi.waitFor(() => expect(changes()).toHaveLength(1));
    const [first] = changes()[0]![1].reshape!;
    expect(first).toMatchObject({ target: { annotation: { id: "drawn" } }, geometry: { kind: "polygon" } });
    expect(first!.provenance).toMatchObject({
      kind: "model",
      model: "m",
      sha256: { encoder: model.encoder.sha256, decoder: model.decoder.sha256 },
      prompts: [{ kind: "point", x: 115, y: 100, inside: true }],
      region: { scale: 1, x: 0, y: 0 },
      score: 0.9,
      corrects: null,
    });

    // Corrected again, the first origin is still known.
    const { annotation, layerId } = host.target("drawn")!;
    const imported = { kind: "import", file: "a.geojson" };
    host.annotations.set("drawn", {
      layerId,
      annotation: { ...annotation, provenance: { ...first!.provenance, corrects: imported } },
    });
    mouse.click(85, 100, { alt: true });
    await vi.waitFor(() => expect(asked).toHaveLength(2));
    asked[1]!.answer();
    await settled();
    tool.key("Enter", NO_KEYS);
    await vi.waitFor(() => expect(changes()).toHaveLength(2));
    expect(changes()[1]![1].reshape![0]!.provenance).toMatchObject({ kind: "model", corrects: imported });
  });

  test("the right button says what does not belong to it, and is the menu's where nothing is proposed", async () => {
    const at = {
      type: "up",
      image: { x: 130, y: 100 },
      screen: { x: 130, y: 100 },
      ...NO_KEYS,
      capture: () => {},
    } as const;
    expect(tool.secondary!(at)).toBe(false);
    mouse.click(100, 100);
    await vi.waitFor(() => expect(asked).toHaveLength(1));
    asked[0]!.answer();
    await settled();
    expect(tool.secondary!(at)).toBe(true);
    await vi.waitFor(() => expect(asked).toHaveLength(2));
    expect(asked[1]!.args.prompts.at(-1)).toEqual({ kind: "point", x: 130, y: 100, inside: false });
  });

  test("private: what was asked for ends with its worker, and no colleague is shown a proposal", async () => {
    page.prompting.everything();
    await vi.waitFor(() => expect(page.searches).toHaveLength(1));
    mouse.click(100, 100);
    await vi.waitFor(() => expect(asked).toHaveLength(1));
    asked[0]!.answer();
    await settled();
    expect(host.previews).toMatchObject([{ layerId: "layer" }]);
    expect(host.previews[0]!.own).toBeUndefined();

    page.prompting.setPrivate(true);
    expect(page.searches[0]!.aborted).toBe(true);
    expect(asked[0]!.signal!.aborted).toBe(true);
    expect(state()).toMatchObject({ private: true, proposed: false, region: null });
    expect(host.previews).toEqual([]);
    expect(page.worker).toBe(1);
    // The new worker hears first that nothing is to be asked of the server.
    await vi.waitFor(() => expect(page.calls.at(-1)!.name).toBe("prefetch"));
    expect(page.calls.filter(({ worker }) => worker === 1)[0]).toMatchObject({
      name: "use",
      args: { private: true },
    });

    mouse.click(100, 100);
    await vi.waitFor(() => expect(asked).toHaveLength(2));
    asked[1]!.answer();
    await settled();
    expect(host.previews).toMatchObject([{ own: true }]);
    page.prompting.setPrivate(true);
    expect(page.worker).toBe(1);
  });

  test("taken in hand again it asks which models there are", async () => {
    await vi.waitFor(() => expect(state().models).toHaveLength(1));
    tool.cancel();
    const added = {
      ...model,
      id: "other",
      name: "Other",
      default: false,
      ready: false,
      why: "Its file is damaged.",
    };
    page.models.mockResolvedValue([model, added]);
    expect(createPromptTool(host)).toBe(tool);
    await vi.waitFor(() => expect(state().models).toHaveLength(2));
    expect(state().models[1]).toMatchObject({ ready: false, why: "Its file is damaged." });
    // Those of before do where nobody answers.
    page.models.mockRejectedValue(new Error("offline"));
    createPromptTool(host);
    await Promise.resolve();
    expect(state()).toMatchObject({ models: [{ id: "m" }, { id: "other" }], modelId: "m" });
  });

  test("a maximum projection: the plane that is outlined is named", () => {
    page.projected = true;
    tool.refresh(NO_KEYS);
    expect(host.hintText).toMatch(/^Plane Z 1 is outlined, not the projection · Click on an object/);
  });
});
