import { type ComponentType, lazy, Suspense, useEffect, useState } from "react";
import { useStore } from "../hooks/use-store.ts";
import { canvasMenuAt, paletteOpen } from "../keys/palette-open.ts";
import { shapePop } from "../keys/shape-pop.ts";
import { useWorkspace } from "../panels/workspace-context.ts";
import { Boundary } from "../ui/Boundary.tsx";
import { STEPS, stepsDone } from "./first-minute.ts";

const Palette = lazy(async () => ({ default: (await import("./Palette.tsx")).Palette }));
const CanvasMenu = lazy(async () => ({ default: (await import("./CanvasMenu.tsx")).CanvasMenu }));
const ShapePop = lazy(async () => ({ default: (await import("../panels/ShapePop.tsx")).ShapePop }));
const FirstMinute = lazy(async () => ({ default: (await import("./FirstMinute.tsx")).FirstMinute }));

/** Palette, menu of the canvas, first steps: each loads when it is first asked for, and stays. */
export function OnDemand() {
  const workspace = useWorkspace();
  const palette = useStore(paletteOpen);
  const menu = useStore(canvasMenuAt, (at) => at !== null);
  const shape = useStore(shapePop, (how) => how !== null);
  const ready = useStore(workspace.openState, ({ kind }) => kind === "ready");
  const newcomer = stepsDone(workspace.user.get().id).length < STEPS.length;
  return (
    <>
      <Once wanted={palette} part={Palette} />
      <Once wanted={menu} part={CanvasMenu} />
      <Once wanted={shape} part={ShapePop} />
      <Once wanted={ready && newcomer} part={FirstMinute} quiet />
    </>
  );
}

interface OnceProps {
  wanted: boolean;
  part: ComponentType;
  /** Nobody asked for it: it may be missing. */
  quiet?: boolean;
}

function Once({ wanted, part: Part, quiet = false }: OnceProps) {
  const [seen, setSeen] = useState(wanted);
  if (wanted && !seen) setSeen(true);
  return seen ? (
    <Boundary fallback={() => (wanted && !quiet ? <NotLoaded /> : null)}>
      <Suspense>
        <Part />
      </Suspense>
    </Boundary>
  ) : null;
}

/** A key that opens nothing would look broken: it says why, each time. */
function NotLoaded() {
  const { importing } = useWorkspace();
  useEffect(() => {
    importing.say("This part of the page could not be loaded. Reload the page.");
    paletteOpen.set(false);
    canvasMenuAt.set(null);
    shapePop.set(null);
  }, [importing]);
  return null;
}
