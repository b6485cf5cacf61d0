import { expect, test } from "vitest";
import { createStore } from "../state/store.ts";
import type { Workspace } from "../state/workspace.ts";
import { watchSteps } from "./first-minute.ts";

test("a step is done when the person did it: looked around, drew, met somebody", () => {
  const camera = createStore({ cx: 0, cy: 0, zoom: 1, rotation: 0 });
  const undo = createStore({ canUndo: false, canRedo: false });
  const people = createStore<unknown[]>([{}]);
  const steps: string[] = [];
  const stop = watchSteps({ camera, undo, people } as unknown as Workspace, (step) => steps.push(step));
  camera.set({ cx: 10, cy: 10, zoom: 1.1, rotation: 0 });
  people.set([{}]);
  expect(steps).toEqual([]);
  camera.set({ cx: 10, cy: 10, zoom: 2, rotation: 0 });
  undo.set({ canUndo: true, canRedo: false });
  people.set([{}, {}]);
  expect(steps).toEqual(["look", "draw", "share"]);
  stop();
  undo.set({ canUndo: true, canRedo: true });
  expect(steps).toHaveLength(3);
});
