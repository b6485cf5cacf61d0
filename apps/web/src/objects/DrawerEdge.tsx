// biome-ignore-all lint/a11y/useSemanticElements: a rule that is moved has a value, which hr has not
import { useRef } from "react";
import { useStore } from "../hooks/use-store.ts";
import { LEAST_HEIGHT, MOST_HEIGHT, tableState } from "./table-state.ts";

/** CSS px a press of an arrow key. */
const STEP = 24;
/** The picture keeps at least this share of the window. */
const MOST_SHARE = 0.7;

/** The upper edge: drag it, or use the arrow keys, for more rows or more of the image. */
export function DrawerEdge() {
  const height = useStore(tableState, (state) => state.height);
  const from = useRef<{ y: number; height: number } | null>(null);
  const set = (wanted: number) => {
    const most = Math.min(MOST_HEIGHT, innerHeight * MOST_SHARE);
    const next = Math.round(Math.max(LEAST_HEIGHT, Math.min(most, wanted)));
    tableState.set((state) => ({ ...state, height: next }));
  };
  return (
    <div
      className="objects-edge"
      role="separator"
      tabIndex={0}
      aria-orientation="horizontal"
      aria-label="Height of the table"
      aria-valuemin={LEAST_HEIGHT}
      aria-valuemax={MOST_HEIGHT}
      aria-valuenow={height}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        from.current = { y: event.clientY, height };
      }}
      onPointerMove={(event) => {
        if (from.current && event.currentTarget.hasPointerCapture(event.pointerId))
          set(from.current.height + from.current.y - event.clientY);
      }}
      onPointerUp={() => {
        from.current = null;
      }}
      onKeyDown={(event) => {
        const by = event.key === "ArrowUp" ? STEP : event.key === "ArrowDown" ? -STEP : 0;
        if (by === 0) return;
        event.preventDefault();
        set(height + by);
      }}
    />
  );
}
