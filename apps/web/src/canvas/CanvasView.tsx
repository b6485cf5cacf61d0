import { useEffect, useRef } from "react";
import { useStore } from "../hooks/use-store.ts";
import { installKeys } from "../keys/install.ts";
import type { Workspace } from "../state/workspace.ts";
import "./canvas.css";

/** The picture: the viewer's element, its minimap and scale bar, and what screen readers are told. */
export function CanvasView({ workspace }: { workspace: Workspace }) {
  const canvas = useRef<HTMLDivElement>(null);
  const minimap = useRef<HTMLDivElement>(null);
  const scaleBar = useRef<HTMLDivElement>(null);
  const name = useStore(workspace.image, (row) => row.name);

  useEffect(() => {
    const element = canvas.current;
    if (!element) return;
    const unmount = workspace.mount(element, minimap.current ?? undefined, scaleBar.current ?? undefined);
    const removeKeys = installKeys(workspace, element);
    return () => {
      removeKeys();
      unmount();
    };
  }, [workspace]);

  return (
    <div className="canvas-frame">
      <div
        ref={canvas}
        className="canvas"
        // A surface that is drawn on: the keys are the page's own (`?`), not a screen reader's.
        role="application"
        aria-label={`${name}. Press question mark for the keys.`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: one draws here with the keyboard
        tabIndex={0}
      />
      <div ref={scaleBar} className="canvas-scale" />
      <div ref={minimap} className="canvas-minimap" />
      <Announcer workspace={workspace} />
    </div>
  );
}

function Announcer({ workspace }: { workspace: Workspace }) {
  const text = useStore(workspace.announcement);
  return (
    <div className="canvas-announcer" role="status" aria-live="polite">
      {text}
    </div>
  );
}
