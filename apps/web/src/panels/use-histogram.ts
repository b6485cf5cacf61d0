import { useEffect, useState } from "react";
import type { Histogram } from "../state/workspace.ts";
import { useWorkspace } from "./workspace-context.ts";

/** The histogram waits until the view has rested this long. */
const REST_MS = 400;

/** The histogram of what is on screen in one channel; null until the first one. It follows the view, late. */
export function useHistogram(channel: number, wanted: boolean): Histogram | null {
  const workspace = useWorkspace();
  const [histogram, setHistogram] = useState<Histogram | null>(null);
  useEffect(() => {
    if (!wanted) return;
    let gone = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let asked = 0;
    const ask = async () => {
      asked += 1;
      const turn = asked;
      try {
        const found = await workspace.actions.histogram(channel);
        if (!gone && turn === asked && found.max > found.min) setHistogram(found);
      } catch {
        // No tiles yet, or the image went away: the last one stays.
      }
    };
    const later = () => {
      clearTimeout(timer);
      timer = setTimeout(() => void ask(), REST_MS);
    };
    void ask();
    const stop = [
      workspace.camera.subscribe(later),
      workspace.plane.subscribe(later),
      workspace.openState.subscribe(later),
    ];
    return () => {
      gone = true;
      clearTimeout(timer);
      for (const unsubscribe of stop) unsubscribe();
    };
  }, [workspace, channel, wanted]);
  return histogram;
}
