import type { Geometry, Plane } from "@coscope/annotations/geometry";
import { type Parts, partsOf, subtractNeighbours } from "@coscope/annotations/shapes";
import { type MaskError, maskErrorOf } from "../../masks/errors.ts";
import type { Scene } from "../../masks/protocol.ts";
import type { PromptState, PromptStatus, RegionSearch } from "../../state/prompting.ts";
import { createStore } from "../../state/store.ts";
import { isArea, neighboursOf, selectedAreas } from "../area.ts";
import {
  boxBetween,
  CLICK_TOLERANCE_CSS,
  distanceCss,
  type ImageBox,
  type Modifiers,
  type Tool,
  type ToolHost,
  type ToolPointer,
  type XY,
} from "../tool.ts";
import { createHover } from "./hover.ts";
import { PromptObject, type ToolPrompt } from "./object.ts";
import type { Sketch } from "./outlining-host.ts";
import { provenanceOf } from "./provenance.ts";
import { createSceneKeeper } from "./scene.ts";
import { type Suggested, Suggestions, scoreColor } from "./suggestions.ts";
import { watchWaiting } from "./waiting.ts";

/** Clicks inside and outside, apart for every kind of colour vision. */
const INSIDE = 0x56b4e9;
const OUTSIDE = 0xe8591c;
const CURRENT = 0xffffff;
/** The outline is as exact as half a px of the screen. */
const TOLERANCE_CSS = 0.5;
/** Searched with it, so that the slider can go as low; and where it stands at first. */
const LOWEST_SCORE = 0.15;
const FIRST_SCORE = 0.35;
/** More than this is not searched at once, image px. */
const MOST_SEARCHED = 24e6;
/** Clicks further from the selected area than this share of its size mean something else. */
const REACH = 0.6;

/** Click on an object: a network outlines it. Further clicks correct, Enter keeps. With one area selected, clicks correct that. */
export function createPromptTool(host: ToolHost): Tool {
  const tool = made.get(host) ?? makePromptTool(host);
  made.set(host, tool);
  return tool;
}

/** Put away and taken in hand again it is the same tool, with its model loaded. */
const made = new WeakMap<ToolHost, Tool>();

function makePromptTool(host: ToolHost): Tool {
  const page = host.outlining();
  const state = createStore<PromptState>({
    status: { kind: "idle" },
    candidate: 0,
    candidates: 0,
    proposed: false,
    refining: false,
    models: [],
    modelId: null,
    private: page.remember.private,
    threads: null,
    region: null,
  });
  let object: PromptObject | null = null;
  let suggestions: Suggestions | null = null;
  let search: { stop: AbortController; done: number; of: number } | null = null;
  let press: { image: XY; screen: XY; now: XY; alt: boolean; drag: boolean } | null = null;
  let status: PromptStatus = { kind: "idle" };
  let loading = false;
  let away = false;
  let accepting = false;
  let held: Modifiers = { shift: false, alt: false, ctrl: false };
  let planeKey = keyOfPlane();
  let previewed: Geometry | null = null;

  const scene = createSceneKeeper(page, publish);
  const tolerancePx = () => TOLERANCE_CSS / host.zoom();
  const ready = async (): Promise<Scene> => {
    loading = true;
    publish();
    try {
      return await scene.ready();
    } finally {
      loading = false;
      publish();
    }
  };
  const hover = createHover(page, () => scene.ready(), tolerancePx, draw);
  watchWaiting(page, (text) => {
    if (status.kind === "failed") return;
    status = text ? { kind: "waiting", text } : { kind: "idle" };
    publish();
  });

  function keyOfPlane(): string {
    const { z, t } = host.plane();
    return `${z}/${t}`;
  }

  function begin(refined: PromptObject["refined"] = null): PromptObject {
    hover.at(null);
    if (status.kind === "failed") status = { kind: "idle" };
    object = new PromptObject(
      {
        client: () => page.client(),
        ready: async () => void (await ready()),
        tolerancePx,
        onChange: changed,
        onFailed: failed,
      },
      refined,
    );
    return object;
  }

  function failed(error: MaskError): void {
    scene.forget();
    if (error.code === "aborted") return;
    const privateHelps =
      !page.remember.private &&
      (error.code === "no-encoder" || error.code === "offline" || error.code === "busy");
    status = { kind: "failed", text: error.message, next: error.next, privateHelps };
    page.announce(`${error.message} ${error.next}`);
    if (object && object.prompts.length === 0) drop();
    publish();
  }

  function changed(): void {
    draw();
    say();
    publish();
  }

  function drop(): boolean {
    press = null;
    host.marquee(null);
    if (!object) return false;
    object.end();
    object = null;
    changed();
    return true;
  }

  /** One area is selected and the place is in it or beside it. */
  function correctable(at: XY): PromptObject["refined"] {
    const areas = selectedAreas(host);
    const target = areas.length === 1 ? areas[0]! : null;
    if (!target) return null;
    const { minX, minY, maxX, maxY } = target.annotation.bounds;
    const room = REACH * Math.max(maxX - minX, maxY - minY);
    const near = at.x > minX - room && at.x < maxX + room && at.y > minY - room && at.y < maxY + room;
    return near ? { target, parts: partsOf(target.annotation.geometry) } : null;
  }

  function click(at: XY, inside: boolean): void {
    const suggested = object ? null : suggestions?.at(at);
    if (suggested) {
      settle(suggested, inside);
      return;
    }
    const last = object?.prompts.at(-1);
    // The second press of a double-click.
    if (
      last?.kind === "point" &&
      last.inside === inside &&
      distanceCss(host.toScreen(last), host.toScreen(at)) <= CLICK_TOLERANCE_CSS
    )
      return;
    if (!object) {
      const refined = correctable(at);
      if (refined ? !host.mayChange([refined.target]) : !host.mayDraw()) return;
      if (!refined && !inside) {
        page.say("Click on the object first; then Alt-click what does not belong to it.");
        return;
      }
      if (!refined) host.select([]);
      begin(refined);
    }
    object!.add({ kind: "point", x: at.x, y: at.y, inside });
  }

  function box(rect: ImageBox): void {
    if (rect.maxX <= rect.minX || rect.maxY <= rect.minY) return;
    const add: ToolPrompt = { kind: "box", ...rect };
    if (object && !object.refined && !object.prompts.some(({ kind }) => kind === "box")) {
      object.add(add);
      return;
    }
    drop();
    if (!host.mayDraw()) return;
    host.select([]);
    begin().add(add);
  }

  async function accept(): Promise<void> {
    const mine = object;
    if (!mine || accepting) return;
    accepting = true;
    try {
      await mine.settled();
    } finally {
      accepting = false;
    }
    if (object !== mine) return;
    const { shown, answer, refined } = mine;
    if (!shown || !answer || shown.parts.length === 0)
      return page.say("Nothing was found there. Click on the object.");
    const now = await scene.ready().catch(() => null);
    if (object !== mine || !now) return;
    if (refined) {
      if (!host.mayChange([refined.target])) return;
      const geometry = polygon(shown.parts, refined.target.annotation.geometry.plane);
      end();
      host.apply({ reshape: [{ target: refined.target, geometry }] });
    } else {
      if (!host.mayDraw()) return;
      const geometry = alone(polygon(shown.parts, host.plane()));
      const provenance = provenanceOf(now, mine.prompts, answer.region, shown.score);
      end();
      if (geometry) host.apply({ add: [{ geometry, provenance }] });
      else page.say("Other areas of this layer cover it already.");
    }
  }

  function end(): void {
    object?.end();
    object = null;
    changed();
  }

  function alone(geometry: Geometry): Geometry | null {
    if (!host.emptyOnly()) return geometry;
    return subtractNeighbours(geometry, neighboursOf(host, boundsOfParts(partsOf(geometry)), null));
  }

  function additionOf(now: Scene, { suggestion, geometry }: Suggested) {
    const left = alone(geometry);
    const { prompt, score } = suggestion;
    const region = null;
    return left && { geometry: left, provenance: provenanceOf(now, [prompt], region, score) };
  }

  function settle(one: Suggested, take: boolean): void {
    if (!suggestions) return;
    const list = suggestions;
    if (!take) {
      list.settle(one);
      settled(list);
      return;
    }
    if (!host.mayDraw()) return;
    void scene.ready().then(
      (now) => {
        const add = additionOf(now, one);
        list.settle(one);
        if (add) list.accepted += host.apply({ add: [add] }).length;
        settled(list);
      },
      (error: unknown) => failed(maskErrorOf(error)),
    );
  }

  function settled(list: Suggestions): void {
    if (suggestions === list && list.total === 0) suggestions = null;
    changed();
  }

  async function acceptAll(): Promise<void> {
    const list = suggestions;
    if (!list || !host.mayDraw()) return;
    const now = await scene.ready().catch((error: unknown) => void failed(maskErrorOf(error)));
    if (!now || suggestions !== list) return;
    const add = list.shown().flatMap((one) => additionOf(now, one) ?? []);
    suggestions = null;
    if (add.length > 0) host.apply({ add });
    changed();
  }

  async function everything(): Promise<void> {
    const looked = page.looked();
    if (!looked || search || !host.mayDraw()) return;
    drop();
    suggestions = null;
    if (status.kind === "failed") status = { kind: "idle" };
    const view = page.view();
    const rect = {
      minX: Math.max(0, view.minX),
      minY: Math.max(0, view.minY),
      maxX: Math.min(looked.width, view.maxX),
      maxY: Math.min(looked.height, view.maxY),
    };
    const size = (rect.maxX - rect.minX) * (rect.maxY - rect.minY);
    if (!(rect.maxX > rect.minX && rect.maxY > rect.minY)) return page.say("The image is not in view.");
    if (size > MOST_SEARCHED) return page.say("This view is too large to be searched at once. Zoom in.");
    const mine = { stop: new AbortController(), done: 0, of: 0 };
    search = mine;
    hover.at(null);
    changed();
    const plane = host.plane();
    try {
      await ready();
      const existing = host
        .within(rect)
        .flatMap(({ annotation: { geometry } }) => (isArea(geometry) ? [partsOf(geometry)] : []));
      const found = await page.client().call(
        "search",
        { rect, existing, minScore: LOWEST_SCORE, tolerancePx: tolerancePx() },
        {
          signal: mine.stop.signal,
          onProgress(done, of) {
            mine.done = done;
            mine.of = of;
            publish();
          },
        },
      );
      if (search !== mine) return;
      suggestions = new Suggestions(found, plane, FIRST_SCORE);
      page.announce(`${suggestions.shown().length} objects proposed`);
    } catch (error) {
      if (search === mine) failed(maskErrorOf(error));
    } finally {
      if (search === mine) search = null;
      changed();
    }
  }

  function stopSearch(): boolean {
    if (!search) return false;
    search.stop.abort();
    search = null;
    changed();
    return true;
  }

  function draw(): void {
    const shapes: Sketch[] = [];
    for (const one of suggestions?.shown() ?? []) {
      const current = one === suggestions?.current;
      shapes.push({ geometry: one.geometry, color: current ? CURRENT : scoreColor(one.suggestion.score) });
    }
    const parts = object?.shown?.parts;
    const plane = object?.refined?.target.annotation.geometry.plane ?? host.plane();
    const geometry = parts && parts.length > 0 ? polygon(parts, plane) : null;
    const classId = object?.refined ? object.refined.target.annotation.classId : host.activeClassId();
    if (geometry) shapes.push({ geometry, color: page.colorOf(classId) });
    for (const p of object?.prompts ?? [])
      if (p.kind === "point")
        shapes.push({
          geometry: { kind: "point", plane, x: p.x, y: p.y },
          color: p.inside ? INSIDE : OUTSIDE,
        });
    if (!object && !search && hover.shown && !away)
      shapes.push({
        geometry: polygon(hover.shown.parts, plane),
        color: page.colorOf(host.activeClassId()),
        dashed: true,
      });
    tell(geometry);
    page.sketch(shapes);
  }

  /** Colleagues see a proposal as a ghost; a preview under the pointer is nobody else's business. */
  function tell(geometry: Geometry | null): void {
    const same = previewed !== null && geometry !== null && partsEqual(previewed, geometry);
    if (same || (!previewed && !geometry)) return;
    previewed = geometry;
    const layerId = object?.refined?.target.layerId ?? host.activeLayerId();
    if (!geometry || !layerId || !object) {
      host.preview([]);
      return;
    }
    const { refined } = object;
    host.preview([
      refined
        ? { geometry, layerId, classId: refined.target.annotation.classId, id: refined.target.annotation.id }
        : { geometry, layerId, classId: host.activeClassId() },
    ]);
  }

  function say(): void {
    host.hint(hintNow());
  }

  function hintNow(): string {
    if (search) return "Looking for everything in view · Esc: stop";
    if (object) {
      const more = object.candidates > 1 ? " · Tab: another reading" : "";
      const keep = object.refined ? "Enter: keep the correction" : "Enter: keep";
      return `${keep} · Click: also this · Alt-click: not this${more} · Esc: discard`;
    }
    if (suggestions) return "Click: keep one · Alt-click: turn one down · J: next one · Esc: end";
    if (selectedAreas(host).length === 1)
      return "Click: add to the selected area · Alt-click: take away · Esc: outline others";
    if (held.alt) return "Click on the object first";
    return "Click on an object · Drag: a box round it · Shift+S: everything in view";
  }

  function regionState(): RegionSearch | null {
    if (search) return { kind: "searching", done: search.done, of: search.of };
    if (!suggestions) return null;
    return {
      kind: "review",
      shown: suggestions.shown().length,
      total: suggestions.total,
      accepted: suggestions.accepted,
      leftOut: suggestions.leftOut,
      threshold: suggestions.threshold,
    };
  }

  function publish(): void {
    const shown = status.kind === "idle" && loading ? ({ kind: "loading" } as const) : status;
    state.set({
      status: shown,
      candidate: object?.candidateIndex ?? 0,
      candidates: object?.candidates ?? 0,
      proposed: object !== null,
      refining: object?.refined != null,
      models: scene.models().map(({ id, name, ready, why }) => ({ id, name, ready, why })),
      modelId: scene.modelId(),
      private: page.remember.private,
      threads: scene.threads(),
      region: regionState(),
    });
  }

  function readAhead(): void {
    const view = page.view();
    const points = [{ x: (view.minX + view.maxX) / 2, y: (view.minY + view.maxY) / 2 }];
    const followed = page.followed();
    if (followed) points.push(followed);
    hover.ahead(points, "prefetch");
  }

  /** Where a preview would help: not over what is outlined already, nor beside what is being corrected. */
  function preview(at: XY): void {
    const taken = object || search || suggestions || press || correctable(at);
    const outlined = taken || host.hits(at, 0).some(({ annotation }) => isArea(annotation.geometry));
    hover.at(outlined ? null : at);
  }

  page.show({
    state,
    accept: () => void accept(),
    drop: () => void drop(),
    nextCandidate: () => void object?.next(),
    chooseModel(id) {
      drop();
      scene.choose(id);
      publish();
      readAhead();
    },
    setPrivate(on) {
      page.remember.private = on;
      status = { kind: "idle" };
      drop();
      publish();
      readAhead();
    },
    retry() {
      status = { kind: "idle" };
      publish();
      readAhead();
    },
    everything: () => void everything(),
    stopSearch: () => void stopSearch(),
    setThreshold(score) {
      if (suggestions) suggestions.threshold = score;
      changed();
    },
    acceptAll: () => void acceptAll(),
    rejectAll() {
      suggestions = null;
      changed();
    },
  });
  readAhead();

  return {
    id: "prompt",
    pointer(event: ToolPointer) {
      held = event;
      switch (event.type) {
        case "down":
          event.capture();
          press = { image: event.image, screen: event.screen, now: event.image, alt: event.alt, drag: false };
          hover.at(null);
          break;
        case "move":
          if (!press) return;
          press.now = event.image;
          press.drag ||= distanceCss(press.screen, event.screen) > CLICK_TOLERANCE_CSS;
          if (press.drag) host.marquee(boxBetween(press.image, event.image));
          break;
        case "up": {
          const ended = press;
          press = null;
          host.marquee(null);
          if (!ended) return;
          if (ended.drag) box(boxBetween(ended.image, event.image));
          else click(ended.image, !ended.alt);
          break;
        }
        case "double":
          void accept();
          break;
        case "hover":
          preview(event.image);
          break;
        case "leave":
          hover.at(null);
          break;
        case "cancel":
          press = null;
          host.marquee(null);
          break;
      }
      say();
    },
    secondary(event) {
      if (!object && !suggestions?.at(event.image) && !correctable(event.image)) return false;
      click(event.image, false);
      return true;
    },
    key(key) {
      const current = suggestions?.current ?? null;
      switch (key) {
        case "Enter":
        case "Again":
          if (object) void accept();
          else if (current) settle(current, true);
          else return false;
          return true;
        case "Backspace":
        case "Delete":
          if (object) {
            object.takeBack();
            if (object.prompts.length === 0) drop();
          } else if (current) settle(current, false);
          else return false;
          return true;
        case "Tab":
          return object?.next() ?? false;
        case "Next":
        case "Previous":
          if (!suggestions || object) return false;
          suggestions.step(key === "Next" ? 1 : -1);
          changed();
          return true;
        default:
          return false;
      }
    },
    refresh(modifiers) {
      held = modifiers;
      if (away) readAhead();
      away = false;
      if (planeKey !== keyOfPlane()) {
        planeKey = keyOfPlane();
        suggestions = null;
        drop();
        stopSearch();
      }
      host.cursor("crosshair");
      host.handles([]);
      draw();
      say();
    },
    cancel() {
      away = true;
      hover.at(null);
      const was = drop() || stopSearch() || suggestions !== null;
      suggestions = null;
      changed();
      return was;
    },
    busy: () => object !== null || press !== null,
  };
}

function polygon(parts: Parts, plane: Plane): Geometry {
  return { kind: "polygon", plane, parts };
}

function partsEqual(a: Geometry, b: Geometry): boolean {
  return a.kind === "polygon" && b.kind === "polygon" && a.parts === b.parts;
}

function boundsOfParts(parts: Parts): ImageBox {
  const xs = parts.flatMap(([outline]) => outline!.filter((_, i) => i % 2 === 0));
  const ys = parts.flatMap(([outline]) => outline!.filter((_, i) => i % 2 === 1));
  return { minX: Math.min(...xs), minY: Math.min(...ys), maxX: Math.max(...xs), maxY: Math.max(...ys) };
}
