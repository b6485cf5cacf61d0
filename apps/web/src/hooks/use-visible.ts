import { type RefObject, useEffect, useState } from "react";

/** True from the first time that the element scrolls into sight. */
export function useVisible(element: RefObject<Element | null>): boolean {
  const [visible, setVisible] = useState(false);
  useEffect(() => {
    if (!element.current || visible) return;
    const watcher = new IntersectionObserver((entries) => {
      if (entries.some((entry) => entry.isIntersecting)) setVisible(true);
    });
    watcher.observe(element.current);
    return () => watcher.disconnect();
  }, [element, visible]);
  return visible;
}
