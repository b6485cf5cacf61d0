import type { MaskError } from "../../masks/errors.ts";
import type { Scene } from "../../masks/protocol.ts";
import { CLICK_TOLERANCE_CSS, distanceCss, type ImageBox, type ToolHost, type XY } from "../tool.ts";
import { correctedAt } from "./correcting.ts";
import { additionOf, polygon } from "./keep.ts";
import { PromptObject, type ToolPrompt } from "./object.ts";
import type { OutliningHost } from "./outlining-host.ts";
import { correctionOf, provenanceOf } from "./provenance.ts";
import type { Review } from "./review.ts";

export interface InHandOptions {
  readonly host: ToolHost;
  readonly page: OutliningHost;
  readonly review: Review;
  ready(): Promise<Scene>;
  tolerancePx(): number;
  /** Another object begins. */
  onBegin(): void;
  onChange(): void;
  onFailed(error: MaskError): void;
}

/** The object that is being outlined, from its first prompt until it is kept or discarded. */
export interface InHand {
  readonly object: PromptObject | null;
  /** What a press would belong to as a click: `object`, or one that begins with it. */
  readonly coming: PromptObject | null;
  /** The button went down there: what a click would give is asked for before it is one. */
  foresee(at: XY, inside: boolean): void;
  /** It is no click. */
  forgo(): void;
  click(at: XY, inside: boolean): void;
  box(rect: ImageBox): void;
  /** False where there is no object. */
  takeBack(): boolean;
  /** Keeps it, once every prompt has its answer. */
  accept(): Promise<void>;
  /** False where there is no object. */
  drop(): boolean;
}

export function createInHand(options: InHandOptions): InHand {
  const { host, page, review, onChange } = options;
  let object: PromptObject | null = null;
  let coming: PromptObject | null = null;
  let accepting = false;

  function make(refined: PromptObject["refined"]): PromptObject {
    const { ready, tolerancePx, onFailed } = options;
    return new PromptObject({ client: () => page.client(), ready, tolerancePx, onChange, onFailed }, refined);
  }

  function begin(next: PromptObject): PromptObject {
    options.onBegin();
    object = next;
    return next;
  }

  /** The second press of a double-click. */
  function isRepeated(at: XY, inside: boolean): boolean {
    const last = object?.prompts.at(-1);
    return (
      last?.kind === "point" &&
      last.inside === inside &&
      distanceCss(host.toScreen(last), host.toScreen(at)) <= CLICK_TOLERANCE_CSS
    );
  }

  function forgo(): void {
    coming?.forgo();
    if (coming !== object) coming?.end();
    coming = null;
  }

  /** What a click there adds to; null, and the person may be told why, where it means nothing. */
  function subjectAt(at: XY, inside: boolean, foreseen: PromptObject | null): PromptObject | null {
    if (isRepeated(at, inside)) return null;
    if (object) return object;
    const refined = correctedAt(host, at);
    if (refined ? !host.mayChange([refined.target]) : !host.mayDraw()) return null;
    if (!refined && !inside) {
      page.say("Click on the object first; then Alt-click what does not belong to it.");
      return null;
    }
    if (!refined) host.select([]);
    const same = foreseen?.refined?.target.annotation === refined?.target.annotation;
    return begin(foreseen && same ? foreseen : make(refined));
  }

  function drop(): boolean {
    forgo();
    if (!object) return false;
    object.end();
    object = null;
    onChange();
    return true;
  }

  function box(rect: ImageBox): void {
    if (rect.maxX <= rect.minX || rect.maxY <= rect.minY) return;
    const add: ToolPrompt = { kind: "box", ...rect };
    if (object?.refined) {
      page.say("A box begins another outline: keep this correction first (Enter), or discard it (Esc).");
      return;
    }
    if (object && !object.prompts.some(({ kind }) => kind === "box")) {
      object.add(add);
      return;
    }
    drop();
    if (!host.mayDraw()) return;
    host.select([]);
    begin(make(null)).add(add);
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
    const { shown, answer, scene, refined, prompts } = mine;
    if (!shown || !answer || !scene || shown.parts.length === 0)
      return page.say("Nothing was found there. Click on the object.");
    const { score, parts } = shown;
    const { region } = answer;
    if (refined) {
      const { target } = refined;
      if (!host.mayChange([target])) return;
      const { geometry, provenance } = target.annotation;
      const how = correctionOf(provenanceOf(scene, prompts, region, score), provenance);
      drop();
      host.apply({ reshape: [{ target, geometry: polygon(parts, geometry.plane), provenance: how }] });
      return;
    }
    if (!host.mayDraw()) return;
    const add = additionOf(host, scene, polygon(parts, host.plane()), { prompts, region, score });
    drop();
    if (add) host.apply({ add: [add] });
    else page.say("Other areas of this layer cover it already.");
  }

  return {
    get object() {
      return object;
    },
    get coming() {
      return coming;
    },
    foresee(at, inside) {
      forgo();
      if (isRepeated(at, inside)) return;
      const refined = object ? null : correctedAt(host, at);
      if (!object && (review.at(at) || (!inside && !refined))) return;
      coming = object ?? make(refined);
      coming.foresee({ kind: "point", x: at.x, y: at.y, inside });
    },
    forgo,
    click(at, inside) {
      const foreseen = coming === object ? null : coming;
      coming = null;
      const suggested = object ? null : review.at(at);
      if (suggested) review.settle(suggested, inside);
      else subjectAt(at, inside, foreseen)?.add({ kind: "point", x: at.x, y: at.y, inside });
      if (object !== foreseen) foreseen?.end();
    },
    box,
    takeBack() {
      if (!object) return false;
      object.takeBack();
      if (object.prompts.length === 0) drop();
      return true;
    },
    accept,
    drop,
  };
}
