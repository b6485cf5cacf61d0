import { MaskError } from "../../masks/errors.ts";
import type { ModelRow, Scene } from "../../masks/protocol.ts";
import type { OutliningHost } from "./outlining-host.ts";

/** Which model looks at what, told to the worker when it changes. */
export interface SceneKeeper {
  /** Rejects with MaskError. */
  ready(): Promise<Scene>;
  /** Asks which models there are now: one may have been added. */
  lookAgain(): void;
  models(): readonly ModelRow[];
  modelId(): string | null;
  threads(): number | null;
  choose(id: string): void;
  /** A failure is not remembered: the next prompt tries again. */
  forget(): void;
}

export function createSceneKeeper(host: OutliningHost, onModels: () => void): SceneKeeper {
  let rows: readonly ModelRow[] = [];
  let asked: Promise<void> | null = null;
  let threads: number | null = null;
  let used: { key: string; done: Promise<Scene> } | null = null;

  async function ask(): Promise<void> {
    rows = await host.models();
    onModels();
  }

  function list(): Promise<void> {
    asked ??= ask();
    asked.catch(() => {
      asked = null;
    });
    return asked;
  }

  function pick(): ModelRow {
    const usable = rows.filter(({ ready }) => ready);
    const row =
      usable.find(({ id }) => id === host.remember.model) ?? usable.find((one) => one.default) ?? usable[0];
    if (row) return row;
    const why = rows.find((one) => one.why)?.why;
    throw new MaskError(
      "no-model",
      why ? `No model can be used: ${why}` : "This server has no model that outlines.",
      "Ask whoever runs Coscope to run “coscope models pull”; all other tools work.",
    );
  }

  function use(): Promise<Scene> {
    const looked = host.looked();
    if (!looked)
      throw new MaskError(
        "no-pixels",
        "No channel is shown.",
        "Show a channel: what is visible is outlined.",
      );
    const scene: Scene = { ...looked, model: pick(), private: host.remember.private };
    const { id, encoder, decoder } = scene.model;
    const key = JSON.stringify([looked, id, encoder.sha256, decoder.sha256, scene.private]);
    if (used?.key === key) return used.done;
    const done = host
      .client()
      .call("use", scene)
      .then((answer) => {
        threads = answer.threads;
        return scene;
      });
    used = { key, done };
    done.catch(() => {
      if (used?.done === done) used = null;
    });
    return done;
  }

  return {
    async ready() {
      await list();
      const joined = used;
      try {
        return await use();
      } catch (error) {
        // It was begun for a preview, maybe before what was missing came back: this prompt has a try of its own.
        if (!joined) throw error;
        return use();
      }
    },
    // Those of before are as good as none at all where nobody answers.
    lookAgain: () => void (asked ? ask() : list()).catch(() => {}),
    models: () => rows,
    threads: () => threads,
    modelId() {
      try {
        return pick().id;
      } catch {
        return null;
      }
    },
    choose(id) {
      host.remember.model = id;
    },
    forget() {
      used = null;
    },
  };
}
