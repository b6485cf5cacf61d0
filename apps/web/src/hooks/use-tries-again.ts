import { useEffect, useRef } from "react";

const FIRST_MS = 2_000;
const MOST_MS = 30_000;

/** While something failed: tries again when the browser has a network again, and by itself, less and less often. */
export function useTriesAgain(failed: boolean, again: () => void): void {
  const latest = useRef(again);
  latest.current = again;
  useEffect(() => {
    if (!failed) return;
    let pause = FIRST_MS;
    let timer = setTimeout(tick, pause);
    function tick() {
      latest.current();
      pause = Math.min(2 * pause, MOST_MS);
      timer = setTimeout(tick, pause);
    }
    const online = () => latest.current();
    addEventListener("online", online);
    return () => {
      clearTimeout(timer);
      removeEventListener("online", online);
    };
  }, [failed]);
}
