import { vi } from "vitest";
import type { ModelRow, ProposeArgs, RefineArgs } from "../../masks/protocol.ts";
import type { Prompting } from "../../state/prompting.ts";
import { type RecordingHost, recordingHost } from "../testing.ts";
import type { ImageBox, XY } from "../tool.ts";
import type { OutliningHost, Sketch } from "./outlining-host.ts";

export const model: ModelRow = {
  id: "m",
  name: "Model",
  family: "coscope",
  default: true,
  ready: true,
  encoder: { bytes: 1, sha256: "e".repeat(64) },
  decoder: { bytes: 1, sha256: "d".repeat(64) },
  manifest: {},
};

const square = ({ x, y }: XY, r: number, score = 0.9) => ({
  parts: [[[x - r, y - r, x + r, y - r, x + r, y + r, x - r, y + r]]],
  score,
});

/** A square of 20 px round the first click, a larger one as the other reading. */
function squares({ prompts }: ProposeArgs) {
  const p = prompts[0] as unknown as XY;
  return {
    id: prompts.length,
    candidates: [square(p, 10 + prompts.length), square(p, 20)],
    region: { scale: 1 as const, x: 0, y: 0 },
  };
}

/** A question of the network, answered when the test says so. */
export interface Held {
  readonly name: "propose" | "refine";
  readonly args: ProposeArgs;
  readonly signal: AbortSignal | undefined;
  answer(): void;
  fail(error: Error): void;
}

/** For tests: what the tool for prompts asks of the page and of the worker, and what it shows. */
export function fakePage() {
  const made = {
    asked: [] as Held[],
    /** Names of all calls, and who was asked: another worker after each restart. */
    calls: [] as { readonly name: string; readonly args: unknown; readonly worker: number }[],
    sketched: [] as readonly Sketch[],
    prompting: null as unknown as Prompting,
    found: undefined as unknown,
    /** Signals of searches. */
    searches: [] as (AbortSignal | undefined)[],
    view: { minX: 0, minY: 0, maxX: 500, maxY: 400 } as ImageBox,
    followed: null as XY | null,
    projected: false,
    models: vi.fn(async (): Promise<readonly ModelRow[]> => [model]),
    moveFollowed: () => {},
    worker: 0,
  };
  const remember: OutliningHost["remember"] = { model: null, private: false };
  const host: RecordingHost = recordingHost();
  const page: OutliningHost = {
    looked: () => ({ imageId: "i", width: 1000, height: 1000, z: 0, t: 0, channels: [0] }),
    view: () => made.view,
    followed: () => made.followed,
    onFollowed(callback) {
      made.moveFollowed = callback;
      return () => {};
    },
    isProjected: () => made.projected,
    client: () => ({
      call: ((name: string, args: unknown, options?: { signal?: AbortSignal }) => {
        made.calls.push({ name, args, worker: made.worker });
        if (name === "use") return Promise.resolve({ threads: 1 });
        if (name === "hover") return Promise.resolve(square(args as XY, 10));
        if (name === "search") {
          made.searches.push(options?.signal);
          return made.found === undefined ? new Promise(() => {}) : Promise.resolve(made.found);
        }
        if (name !== "propose" && name !== "refine") return Promise.resolve(null);
        return new Promise((resolve, reject) => {
          const propose = (
            name === "refine" ? { prompts: (args as RefineArgs).clicks } : args
          ) as ProposeArgs;
          const answer = () => resolve(squares(propose));
          made.asked.push({ name, args: propose, signal: options?.signal, answer, fail: reject });
        });
      }) as never,
      destroy: () => {},
    }),
    restart: () => void made.worker++,
    onWaiting: () => () => {},
    models: made.models,
    placeInLine: async () => null,
    sketch: (shapes) => {
      made.sketched = shapes;
    },
    colorOf: () => 0xff0000,
    announce: () => {},
    say: (text) => void host.log.push(["say", text]),
    show: (shown) => {
      made.prompting = shown;
    },
    remember,
  };
  return Object.assign(made, { host: Object.assign(host, { outlining: () => page }), page });
}

export type FakePage = ReturnType<typeof fakePage>;
