import { type RefObject, useCallback, useEffect, useRef, useState } from "react";
import type { TableView } from "./table-model.ts";

/** As `--grid-row` in objects.css, CSS px. */
export const ROW_PX = 28;
/** Rows beyond either edge, so that a turn of the wheel finds them there. */
const BEYOND = 8;

interface Window {
  readonly first: number;
  /** The one after the last. */
  readonly last: number;
  scrollTo(index: number, where?: "near" | "middle"): void;
  /** After every change of the rows: what is on screen stays there, unless the person asked for others. */
  anchor(view: TableView): void;
}

/** Which rows of a long list are on screen. */
export function useWindow(scroller: RefObject<HTMLElement | null>, count: number): Window {
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(600);
  const before = useRef<TableView | null>(null);

  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const onScroll = () => setTop(Math.floor(element.scrollTop / ROW_PX) * ROW_PX);
    const resized = new ResizeObserver(() => setHeight(element.clientHeight));
    element.addEventListener("scroll", onScroll, { passive: true });
    resized.observe(element);
    return () => {
      element.removeEventListener("scroll", onScroll);
      resized.disconnect();
    };
  }, [scroller]);

  const scrollTo = useCallback(
    (index: number, where: "near" | "middle" = "near") => {
      const element = scroller.current;
      if (!element) return;
      // The head stands over the first row's height.
      const room = element.clientHeight - ROW_PX;
      const [from, to] = [index * ROW_PX, (index + 1) * ROW_PX];
      const { scrollTop } = element;
      if (from >= scrollTop && to <= scrollTop + room) return;
      if (where === "middle") element.scrollTop = from - room / 2;
      else element.scrollTop = from < scrollTop ? from : to - room;
    },
    [scroller],
  );

  const anchor = useCallback(
    (view: TableView) => {
      const old = before.current;
      before.current = view;
      const element = scroller.current;
      if (!old || !element || old.rows === view.rows || element.scrollTop === 0) return;
      if (old.asked !== view.asked) {
        element.scrollTop = 0;
        return;
      }
      const at = Math.floor(element.scrollTop / ROW_PX);
      const held = old.rows[at];
      const now =
        held && view.rows[at]?.id !== held.id ? view.rows.findIndex(({ id }) => id === held.id) : at;
      if (now !== -1 && now !== at) element.scrollTop += (now - at) * ROW_PX;
    },
    [scroller],
  );

  const first = Math.max(0, Math.floor(top / ROW_PX) - BEYOND);
  const last = Math.min(count, Math.ceil((top + height) / ROW_PX) + BEYOND);
  return { first: Math.min(first, last), last, scrollTo, anchor };
}
