import { Lock } from "lucide-react";
import { useStore } from "../hooks/use-store.ts";
import { useWorkspace } from "./workspace-context.ts";
import "../styles/lock-mark.css";

/** More would cover the picture. */
const MOST = 40;

/** Over the picture, at the upper right of each one that is selected and locked: it has no handles. */
export function LockMarks() {
  const { selected, camera, canvas } = useWorkspace();
  const objects = useStore(selected);
  // What the camera does moves the marks.
  useStore(camera);
  return objects
    .filter(({ locked }) => locked)
    .slice(0, MOST)
    .map(({ id, bounds: { minX, minY, maxX, maxY } }) => {
      const corners = [minX, maxX].flatMap((x) => [minY, maxY].map((y) => canvas.toScreen({ x, y })));
      if (!corners.every((corner) => corner !== null)) return null;
      const x = Math.max(...corners.map((corner) => corner.x));
      const y = Math.min(...corners.map((corner) => corner.y));
      return (
        <span
          key={id}
          className="lock-mark"
          aria-hidden
          style={{ transform: `translate(${Math.round(x)}px, ${Math.round(y)}px)` }}
        >
          <Lock size={12} />
        </span>
      );
    });
}
