import { isArea } from "@coscope/annotations/geometry";
import type { MaskError } from "../../masks/errors.ts";
import type { Scene } from "../../masks/protocol.ts";
import type { PromptState, PromptStatus } from "../../state/prompting.ts";
import { createStore } from "../../state/store.ts";
import type { Modifiers, Tool, ToolHost, ToolPointer, XY } from "../tool.ts";
import { correctedAt } from "./correcting.ts";
import { hintFor } from "./hints.ts";
import { createHover } from "./hover.ts";
import { createInHand } from "./in-hand.ts";
import { createPicture } from "./picture.ts";
import { createPress } from "./press.ts";
import { createReadAhead } from "./read-ahead.ts";
import { createReview } from "./review.ts";
import { createSceneKeeper } from "./scene.ts";
import { toolKeys } from "./tool-keys.ts";
import { watchWaiting } from "./waiting.ts";

/** The outline is as exact as half a px of the screen. */
const TOLERANCE_CSS = 0.5;

/** Click on an object: a network outlines it. Further clicks correct, Enter keeps. With one area selected, clicks correct that. */
export function createPromptTool(host: ToolHost): Tool {
  const known = made.get(host);
  known?.again();
  const { tool } = known ?? makePromptTool(host);
  return tool;
}

/** Put away and taken in hand again it is the same tool, with its model loaded. */
const made = new WeakMap<ToolHost, ReturnType<typeof makePromptTool>>();

function makePromptTool(host: ToolHost) {
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
  let status: PromptStatus = { kind: "idle" };
  let loading = false;
  let away = false;
  let held: Modifiers = { shift: false, alt: false, ctrl: false };
  let planeKey = keyOfPlane();

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
  const ahead = createReadAhead(page, host.zoom, (places) => hover.ahead(places, "prefetch"));
  const review = createReview({
    host,
    page,
    ready,
    tolerancePx,
    onChange: changed,
    onProgress: publish,
    onFailed: failed,
  });
  const inHand = createInHand({
    host,
    page,
    review,
    ready,
    tolerancePx,
    onBegin() {
      if (status.kind === "failed") status = { kind: "idle" };
    },
    onChange: changed,
    onFailed: failed,
  });
  const press = createPress(host, inHand, hover);
  const picture = createPicture(host, page, review, hover, inHand);
  watchWaiting(page, (text) => {
    if (status.kind === "failed") return;
    status = text ? { kind: "waiting", text } : { kind: "idle" };
    publish();
  });
  page.onFollowed(() => {
    if (!away) ahead.moved();
  });

  function keyOfPlane(): string {
    const { z, t } = host.plane();
    return `${z}/${t}`;
  }

  function failed(error: MaskError): void {
    scene.forget();
    if (error.code === "aborted") return;
    const privateHelps =
      !page.remember.private &&
      (error.code === "no-encoder" || error.code === "offline" || error.code === "busy");
    status = { kind: "failed", text: error.message, next: error.next, privateHelps };
    page.announce(`${error.message} ${error.next}`);
    if (inHand.object?.prompts.length === 0) drop();
    publish();
  }

  function changed(): void {
    // The preview stays until its answer is there, and is not drawn beside it.
    if (inHand.object?.answer || inHand.object?.refined) hover.at(null);
    draw();
    say();
    publish();
  }

  function draw(): void {
    picture.draw({ away });
  }

  function drop(): boolean {
    press.end();
    return inHand.drop();
  }

  function say(): void {
    host.hint(hintFor({ host, page, review, object: inHand.object, held }));
  }

  function publish(): void {
    const { object, coming } = inHand;
    const shown = status.kind === "idle" && loading ? ({ kind: "loading" } as const) : status;
    state.set({
      status: shown,
      candidate: object?.candidateIndex ?? 0,
      candidates: object?.candidates ?? (coming?.expected ? 1 : 0),
      proposed: object !== null,
      refining: object?.refined != null,
      models: scene.models().map(({ id, name, ready, why }) => ({ id, name, ready, why })),
      modelId: scene.modelId(),
      private: page.remember.private,
      threads: scene.threads(),
      region: review.state(),
    });
  }

  /** Where a preview would help: not over what is outlined already, nor beside what is being corrected. */
  function preview(at: XY): void {
    // What is shown is what was clicked, until that has its answer.
    if (inHand.object && !inHand.object.answer) return;
    const taken = inHand.object || review.searching || review.open || press.down || correctedAt(host, at);
    const outlined = taken || host.hits(at, 0).some(({ annotation }) => isArea(annotation.geometry));
    hover.at(outlined ? null : at);
  }

  function idle(): void {
    if (status.kind === "failed") status = { kind: "idle" };
  }

  page.show({
    state,
    accept: () => void inHand.accept(),
    drop: () => void drop(),
    nextCandidate: () => void inHand.object?.next(),
    chooseModel(id) {
      drop();
      scene.choose(id);
      publish();
      ahead.now();
    },
    setPrivate(on) {
      const begins = on && !page.remember.private;
      page.remember.private = on;
      status = { kind: "idle" };
      drop();
      hover.at(null);
      if (begins) {
        // What was asked of the server until now is taken back, and what it has answered is forgotten.
        review.end();
        page.restart();
      }
      scene.forget();
      publish();
      ahead.now();
    },
    retry() {
      idle();
      publish();
      ahead.now();
    },
    everything() {
      drop();
      hover.at(null);
      idle();
      void review.search();
    },
    stopSearch: () => void review.stop(),
    setThreshold: review.setThreshold,
    acceptAll: () => void review.keepAll(),
    rejectAll: () => void review.end(),
  });
  ahead.now();

  const tool: Tool = {
    id: "prompt",
    pointer(event: ToolPointer) {
      held = event;
      away = false;
      if (event.type === "hover") preview(event.image);
      else if (event.type === "leave") hover.at(null);
      else if (event.type === "double") void inHand.accept();
      else press.pointer(event);
      say();
    },
    secondary(event) {
      if (!inHand.object && !review.at(event.image) && !correctedAt(host, event.image)) return false;
      inHand.click(event.image, false);
      return true;
    },
    key: toolKeys(inHand, review),
    refresh(modifiers) {
      held = modifiers;
      away = false;
      ahead.moved();
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
      ahead.stop();
      hover.at(null);
      const dropped = drop();
      const ended = review.end();
      draw();
      return dropped || ended;
    },
    busy: () => inHand.object !== null || press.down,
  };
  const one = {
    tool,
    /** Taken in hand once more. */
    again() {
      scene.lookAgain();
      ahead.now();
    },
  };
  made.set(host, one);
  return one;
}
