import { type Geometry, isArea } from "@coscope/annotations/geometry";
import type { MaskError } from "../../masks/errors.ts";
import type { Scene } from "../../masks/protocol.ts";
import type { PromptState, PromptStatus } from "../../state/prompting.ts";
import { createStore } from "../../state/store.ts";
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
import { correctedArea, correctedAt } from "./correcting.ts";
import { createHover } from "./hover.ts";
import { additionOf, polygon } from "./keep.ts";
import { PromptObject, type ToolPrompt } from "./object.ts";
import type { Sketch } from "./outlining-host.ts";
import { createReview } from "./review.ts";
import { createSceneKeeper } from "./scene.ts";
import { watchWaiting } from "./waiting.ts";

/** Clicks inside and outside, apart for every kind of colour vision. */
const INSIDE = 0x56b4e9;
const OUTSIDE = 0xe8591c;
/** The outline is as exact as half a px of the screen. */
const TOLERANCE_CSS = 0.5;

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

  const review = createReview({
    host,
    page,
    ready,
    tolerancePx,
    onChange: changed,
    onProgress: publish,
    onFailed: failed,
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

  function click(at: XY, inside: boolean): void {
    const suggested = object ? null : review.at(at);
    if (suggested) {
      review.settle(suggested, inside);
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
      const refined = correctedAt(host, at);
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
      const add = additionOf(host, now, polygon(shown.parts, host.plane()), {
        prompts: mine.prompts,
        region: answer.region,
        score: shown.score,
      });
      end();
      if (add) host.apply({ add: [add] });
      else page.say("Other areas of this layer cover it already.");
    }
  }

  function end(): void {
    object?.end();
    object = null;
    changed();
  }

  function draw(): void {
    const shapes: Sketch[] = review.shapes();
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
    if (!object && !review.searching && hover.shown && !away)
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
    if (review.searching) return "Looking for everything in view · Esc: stop";
    if (object) {
      const more = object.candidates > 1 ? " · Tab: another reading" : "";
      const keep = object.refined ? "Enter: keep the correction" : "Enter: keep";
      return `${keep} · Click: also this · Alt-click: not this${more} · Esc: discard`;
    }
    if (review.open) return "Click: keep one · Alt-click: turn one down · J: next one · Esc: end";
    if (correctedArea(host))
      return "Click: add to the selected area · Alt-click: take away · Esc: outline others";
    if (held.alt) return "Click on the object first";
    return "Click on an object · Drag: a box round it · Shift+S: everything in view";
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
      region: review.state(),
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
    const taken = object || review.searching || review.open || press || correctedAt(host, at);
    const outlined = taken || host.hits(at, 0).some(({ annotation }) => isArea(annotation.geometry));
    hover.at(outlined ? null : at);
  }

  function everything(): void {
    drop();
    hover.at(null);
    if (status.kind === "failed") status = { kind: "idle" };
    void review.search();
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
    everything,
    stopSearch: () => void review.stop(),
    setThreshold: review.setThreshold,
    acceptAll: () => void review.keepAll(),
    rejectAll: () => void review.end(),
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
      if (!object && !review.at(event.image) && !correctedAt(host, event.image)) return false;
      click(event.image, false);
      return true;
    },
    key(key) {
      const { current } = review;
      switch (key) {
        case "Enter":
        case "Again":
          if (object) void accept();
          else if (current) review.settle(current, true);
          else return false;
          return true;
        case "Backspace":
        case "Delete":
          if (object) {
            object.takeBack();
            if (object.prompts.length === 0) drop();
          } else if (current) review.settle(current, false);
          else return false;
          return true;
        case "Tab":
          return object?.next() ?? false;
        case "Next":
        case "Previous":
          if (!review.open || object) return false;
          review.step(key === "Next" ? 1 : -1);
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
        drop();
        review.end();
      }
      host.cursor("crosshair");
      host.handles([]);
      draw();
      say();
    },
    cancel() {
      away = true;
      hover.at(null);
      const dropped = drop();
      const ended = review.end();
      draw();
      return dropped || ended;
    },
    busy: () => object !== null || press !== null,
  };
}

function partsEqual(a: Geometry, b: Geometry): boolean {
  return a.kind === "polygon" && b.kind === "polygon" && a.parts === b.parts;
}
