import { useEffect, useState } from "react";

/** True once `on` has lasted `delayMs`; false at once when it ends. Keeps short states from flashing. */
export function useLate(on: boolean, delayMs: number): boolean {
  const [late, setLate] = useState(false);
  useEffect(() => {
    if (!on) {
      setLate(false);
      return;
    }
    const timer = setTimeout(() => setLate(true), delayMs);
    return () => clearTimeout(timer);
  }, [on, delayMs]);
  return on && late;
}
