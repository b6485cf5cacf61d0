import { recall, remember } from "../state/scope.ts";
import type { Workspace } from "../state/workspace.ts";

/** What a newcomer is told, one after the other. */
export type Step = "look" | "draw" | "share";
export const STEPS: readonly Step[] = ["look", "draw", "share"];

const isSteps = (found: unknown): found is Step[] =>
  Array.isArray(found) && found.every((step) => STEPS.includes(step as Step));

/** Steps that this person has done, or wants to hear no more of, on this computer. */
export const stepsDone = (userId: string): readonly Step[] => recall("firstMinute", isSteps, userId) ?? [];

/** How far the view must have gone to count as moved, CSS px. */
const MOVED_CSS = 60;

/**
 * Calls back as soon as the person did a step by themselves.
 * @returns what ends it
 */
export function watchSteps(workspace: Workspace, done: (step: Step) => void): () => void {
  const start = workspace.camera.get();
  const stops = [
    workspace.camera.subscribe(() => {
      const { cx, cy, zoom } = workspace.camera.get();
      const zoomed = Math.abs(Math.log2(zoom / start.zoom)) > 0.4;
      if (zoomed || Math.hypot(cx - start.cx, cy - start.cy) * zoom > MOVED_CSS) done("look");
    }),
    workspace.undo.subscribe(() => {
      if (workspace.undo.get().canUndo) done("draw");
    }),
    workspace.people.subscribe(() => {
      if (workspace.people.get().length > 1) done("share");
    }),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

export function rememberSteps(userId: string, done: readonly Step[]): void {
  remember("firstMinute", done, userId);
}
