import { type ComponentType, useEffect, useState } from "react";
import { useStore } from "../hooks/use-store.ts";
import { helpOpen } from "../keys/help.ts";
import { canvasMenuAt, paletteOpen } from "../keys/palette-open.ts";
import { shapePop } from "../keys/shape-pop.ts";
import { loadCanvasMenu, loadHelp, loadPalette } from "../panels/later.ts";
import { useWorkspace } from "../panels/workspace-context.ts";
import { Boundary } from "../ui/Boundary.tsx";
import { type Failure, notLoadedText, onDemand, QUIET } from "../ui/on-demand.tsx";
import { STEPS, stepsDone } from "./first-minute.ts";

interface AskedProps {
  /** It cannot come: whoever asked was told. */
  onGone: () => void;
}

const SAID = {
  failed: (failure: Failure, { onGone }: AskedProps) => <NotLoaded {...failure} onGone={onGone} />,
};

const Palette = onDemand<AskedProps>(async () => (await loadPalette()).Palette, SAID);
const CanvasMenu = onDemand<AskedProps>(async () => (await loadCanvasMenu()).CanvasMenu, SAID);
const ShapePop = onDemand<AskedProps>(async () => (await import("../panels/ShapePop.tsx")).ShapePop, SAID);
const HelpDialog = onDemand<AskedProps>(async () => (await loadHelp()).HelpDialog, SAID);
const FirstMinute = onDemand(async () => (await import("./FirstMinute.tsx")).FirstMinute, QUIET);

/** Palette, menu of the canvas, table of keys, first steps: each loads when it is first asked for, and stays. */
export function OnDemand() {
  const workspace = useWorkspace();
  const help = useStore(helpOpen);
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
      <Once wanted={help} part={HelpDialog} />
      <Once wanted={ready && newcomer} part={FirstMinute} />
    </>
  );
}

interface OnceProps {
  wanted: boolean;
  part: ComponentType<AskedProps>;
}

function Once({ wanted, part: Part }: OnceProps) {
  const [seen, setSeen] = useState(wanted);
  if (wanted && !seen) setSeen(true);
  return seen ? (
    <Boundary fallback={() => (wanted ? <Broken /> : null)}>
      <Part onGone={() => setSeen(false)} />
    </Boundary>
  ) : null;
}

/** A key that opens nothing would look broken: it says why, each time, and the next press tries anew. */
function NotLoaded({ gone, onGone }: Failure & AskedProps) {
  const { importing } = useWorkspace();
  useEffect(() => {
    importing.say(notLoadedText({ gone }));
    closeAll();
    onGone();
  }, []);
  return null;
}

function Broken() {
  const { importing } = useWorkspace();
  useEffect(() => {
    importing.say("Something went wrong here. Reloading the page loses nothing.");
    closeAll();
  }, [importing]);
  return null;
}

function closeAll() {
  paletteOpen.set(false);
  canvasMenuAt.set(null);
  shapePop.set(null);
  helpOpen.set(false);
}
