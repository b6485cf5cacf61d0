import { afterAll, beforeAll, expect, test } from "vitest";
import { createWorld, demo, type Person, type Scene, type World } from "./harness.ts";
import { clickKept, clickTried, outliningState } from "./support/outlining.ts";
import { readTruth, type TrueObject, type Truth } from "./support/truth.ts";

// What browsers and servers differ in: threads, secure contexts, WebGPU, WebAssembly that comes at the second try.
const scene: Scene = { ...demo, place: { cx: 30_000, cy: 20_000, zoom: 2 } };
const LAB = "lab.test";
let world: World;
let truth: Truth;
let objects: readonly TrueObject[];

beforeAll(async () => {
  world = await createWorld({
    scene,
    host: "0.0.0.0",
    flags: [
      `--host-resolver-rules=MAP ${LAB} 127.0.0.1`,
      "--enable-unsafe-webgpu",
      "--use-webgpu-adapter=swiftshader",
    ],
  });
  const { cx, cy } = scene.place;
  const rect = { x: cx - 120, y: cy - 75, width: 240, height: 150 };
  truth = await readTruth(`${world.server.url}/demo/slide.zarr/labels/nuclei`, rect, "");
  objects = truth.objects.filter(({ area }) => area > 80);
});

afterAll(() => world?.close());

const kept = async (person: Person, which = 0) => clickKept(person, truth, objects[which]!);
const here = (person: Person) =>
  person.page.evaluate(() => ({
    isolated: globalThis.crossOriginIsolated,
    secure: globalThis.isSecureContext,
  }));

test("WebAssembly that did not come is tried again with the next click, in the same page", async () => {
  // With room for the words of the failure, which would lie over the object.
  const ada = await world.enter("Ada", { origin: world.server.url, viewport: { width: 900, height: 660 } });
  expect(await here(ada)).toEqual({ isolated: true, secure: true });
  // Once its program, once the code round it, which onnxruntime imports itself and never again.
  for (const part of [/ort-wasm-simd-threaded-[^.]+\.wasm/, /ort-wasm-simd-threaded-[^.]+\.mjs/]) {
    await ada.page.route(part, (route) => route.abort());
    await ada.key("s");
    await expect.poll(() => clickTried(ada, objects[0]!), { timeout: 40_000 }).toMatch(/WebAssembly/);
    await ada.page.unroute(part);
  }
  expect(await kept(ada)).toBeGreaterThan(0.7);
  expect((await outliningState(ada)).threads).toBeGreaterThan(1);
});

test("WebGPU is fetched where there is an adapter, and gives the same answers as WebAssembly", async () => {
  const ben = await world.enter("Ben", { origin: world.server.url });
  const said: string[] = [];
  ben.page.on("console", (message) => said.push(message.text()));
  await ben.key("s");
  expect(await kept(ben, 1)).toBeGreaterThan(0.7);
  const tried = () => said.find((text) => text.startsWith("Outlining, decoder on WebGPU"));
  await expect.poll(tried, { timeout: 60_000 }).toBeTruthy();
  // In software it is slower on most machines; that it is right is what counts here.
  expect(tried()).toMatch(/it is (faster|slower) \(\d+ ms, WebAssembly \d+ ms\)/);
  expect(await kept(ben, 2)).toBeGreaterThan(0.7);
});

test("plain http under a name: no threads, no WebGPU, and it outlines", async () => {
  const cleo = await world.enter("Cleo", { origin: `http://${LAB}:${world.server.port}` });
  expect(await here(cleo)).toEqual({ isolated: false, secure: false });
  const fetched: string[] = [];
  cleo.page.on("request", (request) => fetched.push(request.url()));
  await cleo.key("s");
  expect(await kept(cleo)).toBeGreaterThan(0.7);
  expect((await outliningState(cleo)).threads).toBe(1);
  expect(fetched.filter((url) => /jspi|asyncify|gpu/.test(url))).toEqual([]);
});

test("without WebGL the page says so, and the tool does no harm", async () => {
  const eve = await world.enter("Eve", { origin: world.server.url });
  await eve.context.addInitScript(() => {
    const { getContext } = HTMLCanvasElement.prototype;
    const get = getContext as (this: HTMLCanvasElement, kind: string, ...rest: unknown[]) => unknown;
    HTMLCanvasElement.prototype.getContext = function (
      this: HTMLCanvasElement,
      kind: string,
      ...rest: unknown[]
    ) {
      return kind.startsWith("webgl") ? null : get.call(this, kind, ...rest);
    } as typeof getContext;
  });
  await eve.page.reload();
  await eve.until("it says so", () => window.__coscope?.workspace.openState.get().kind === "failed");
  expect(await eve.page.locator("main").textContent()).toMatch(/WebGL/);
  await eve.page.keyboard.press("s");
  await eve.page.keyboard.press("Shift+S");
  await eve.page.keyboard.press("Enter");
  const { tool, prompting } = await eve.page.evaluate(() => {
    const { workspace } = window.__coscope!;
    return { tool: workspace.tool.get(), prompting: workspace.prompting.get() };
  });
  expect({ tool, prompting }).toEqual({ tool: "prompt", prompting: null });
  expect(eve.errors).toEqual([]);
});

test("a server without isolation: one thread, and nobody is bothered with it", async () => {
  const other = await createWorld({ scene, env: { COSCOPE_ISOLATION: "off" } });
  try {
    const dora = await other.join("Dora");
    expect(await here(dora)).toEqual({ isolated: false, secure: true });
    await dora.key("s");
    expect(await kept(dora)).toBeGreaterThan(0.7);
    expect((await outliningState(dora)).threads).toBe(1);
    expect(await dora.notices()).toEqual([]);
  } finally {
    await other.close();
  }
});
