import { isArea } from "@coscope/annotations/geometry";
import { partsOf } from "@coscope/annotations/shapes";
import { type MaskError, maskErrorOf } from "../../masks/errors.ts";
import type { Scene } from "../../masks/protocol.ts";
import type { RegionSearch } from "../../state/prompting.ts";
import type { ToolHost, XY } from "../tool.ts";
import { additionOf } from "./keep.ts";
import type { OutliningHost, Sketch } from "./outlining-host.ts";
import { type Suggested, Suggestions, scoreColor } from "./suggestions.ts";

const CURRENT = 0xffffff;
/** Searched with it, so that the slider can go as low; and where it stands at first. */
const LOWEST_SCORE = 0.15;
const FIRST_SCORE = 0.35;
/** More than this is not searched at once: px of the level that fits the zoom. The largest screens show less. */
const MOST_SEARCHED = 24e6;
/** The coarsest level's px an image px: from further away more is to be searched than is seen. */
const COARSEST = 1 / 64;

export interface Review {
  readonly searching: boolean;
  /** Suggestions are there to be gone through. */
  readonly open: boolean;
  readonly current: Suggested | null;
  at(point: XY): Suggested | null;
  search(): Promise<void>;
  /** False where nothing was searched or open. */
  end(): boolean;
  stop(): boolean;
  setThreshold(score: number): void;
  step(by: 1 | -1): void;
  /** Keeps one, or turns it down. */
  settle(one: Suggested, keep: boolean): void;
  keepAll(): Promise<void>;
  shapes(): Sketch[];
  state(): RegionSearch | null;
}

export interface ReviewOptions {
  readonly host: ToolHost;
  readonly page: OutliningHost;
  ready(): Promise<Scene>;
  tolerancePx(): number;
  onChange(): void;
  /** While a search runs: only its numbers changed. */
  onProgress(): void;
  onFailed(error: MaskError): void;
}

/** "Everything in view": the search, and going through what it found. */
export function createReview(options: ReviewOptions): Review {
  const { host, page, onChange } = options;
  let suggestions: Suggestions | null = null;
  let running: { stop: AbortController; done: number; of: number } | null = null;

  function addition(now: Scene, { suggestion, geometry }: Suggested) {
    const { prompt, region, score } = suggestion;
    return additionOf(host, now, geometry, { prompts: [prompt], region, score });
  }

  function settled(list: Suggestions): void {
    if (suggestions === list && list.total === 0) suggestions = null;
    onChange();
  }

  /** What is in view of the image; null, and the person is told, where it cannot be searched. */
  function searchable() {
    const looked = page.looked();
    if (!looked) {
      page.say("No channel is shown: what is visible is outlined.");
      return null;
    }
    const view = page.view();
    const rect = {
      minX: Math.max(0, view.minX),
      minY: Math.max(0, view.minY),
      maxX: Math.min(looked.width, view.maxX),
      maxY: Math.min(looked.height, view.maxY),
    };
    const [width, height] = [rect.maxX - rect.minX, rect.maxY - rect.minY];
    const density = Math.min(1, Math.max(COARSEST, host.zoom()));
    if (width > 0 && height > 0 && width * height * density ** 2 <= MOST_SEARCHED) return rect;
    page.say(
      width > 0 && height > 0
        ? "This view is too large to be searched at once. Zoom in."
        : "The image is not in view.",
    );
    return null;
  }

  function stop(): boolean {
    if (!running) return false;
    running.stop.abort();
    running = null;
    onChange();
    return true;
  }

  return {
    get searching() {
      return running !== null;
    },
    get open() {
      return suggestions !== null;
    },
    get current() {
      return suggestions?.current ?? null;
    },
    at: (point) => suggestions?.at(point) ?? null,
    async search() {
      const rect = running || !host.mayDraw() ? null : searchable();
      if (!rect) return;
      const mine = { stop: new AbortController(), done: 0, of: 0 };
      running = mine;
      suggestions = null;
      onChange();
      const plane = host.plane();
      try {
        await options.ready();
        const existing = host
          .within(rect)
          .flatMap(({ annotation: { geometry } }) => (isArea(geometry) ? [partsOf(geometry)] : []));
        const found = await page.client().call(
          "search",
          { rect, existing, minScore: LOWEST_SCORE, tolerancePx: options.tolerancePx() },
          {
            signal: mine.stop.signal,
            onProgress(done, of) {
              mine.done = done;
              mine.of = of;
              options.onProgress();
            },
          },
        );
        if (running !== mine) return;
        if (found.found.length === 0 && found.leftOut === 0)
          return page.say("Nothing was found. Zoom in: what is tiny on the screen is not looked for.");
        suggestions = new Suggestions(found, plane, FIRST_SCORE);
        page.announce(`${suggestions.shown().length} objects proposed`);
      } catch (error) {
        if (running === mine) options.onFailed(maskErrorOf(error));
      } finally {
        if (running === mine) {
          running = null;
          onChange();
        }
      }
    },
    stop,
    end() {
      const was = stop() || suggestions !== null;
      suggestions = null;
      if (was) onChange();
      return was;
    },
    setThreshold(score) {
      if (suggestions) suggestions.threshold = score;
      onChange();
    },
    step(by) {
      suggestions?.step(by);
      onChange();
    },
    settle(one, keep) {
      const list = suggestions;
      if (!list) return;
      if (!keep) {
        list.settle(one);
        settled(list);
        return;
      }
      if (!host.mayDraw()) return;
      options.ready().then(
        (now) => {
          // Pressed twice while the model was loading.
          if (!list.has(one)) return;
          const add = addition(now, one);
          list.settle(one);
          if (add) list.accepted += host.apply({ add: [add] }).length;
          settled(list);
        },
        (error: unknown) => options.onFailed(maskErrorOf(error)),
      );
    },
    async keepAll() {
      const list = suggestions;
      if (!list || !host.mayDraw()) return;
      const now = await options.ready().catch((error: unknown) => void options.onFailed(maskErrorOf(error)));
      if (!now || suggestions !== list) return;
      const add = list.shown().flatMap((one) => addition(now, one) ?? []);
      suggestions = null;
      if (add.length > 0) host.apply({ add });
      onChange();
    },
    shapes() {
      const list = suggestions;
      if (!list) return [];
      return list.shown().map((one) => ({
        geometry: one.geometry,
        color: one === list.current ? CURRENT : scoreColor(one.suggestion.score),
      }));
    },
    state() {
      if (running) return { kind: "searching", done: running.done, of: running.of };
      if (!suggestions) return null;
      const { total, accepted, leftOut, threshold } = suggestions;
      return { kind: "review", shown: suggestions.shown().length, total, accepted, leftOut, threshold };
    },
  };
}
