import { Compass } from "lucide-react";
import { useStore } from "../hooks/use-store.ts";
import { Boundary } from "../ui/Boundary.tsx";
import { IconButton } from "../ui/IconButton.tsx";
import { onDemand, PartBroken } from "../ui/on-demand.tsx";
import { Pop } from "../ui/Pop.tsx";
import { turnOnScreen } from "./format.ts";
import { loadAngle } from "./later.ts";
import { useWorkspace } from "./workspace-context.ts";

const AngleControls = onDemand(async () => (await loadAngle()).AngleControls);

/** How the picture is turned, where it is; pressed, the controls for it. */
export function AngleButton() {
  const workspace = useWorkspace();
  const turn = useStore(workspace.camera, turnOnScreen);
  const flip = useStore(workspace.camera, (camera) => camera.flip ?? false);
  const said = [turn === 0 ? "" : `${Math.round(turn)}°`, flip ? "mirrored" : ""].filter(Boolean).join(", ");
  return (
    <Pop
      title="Rotation"
      showTitle={false}
      side="top"
      align="end"
      className="angle-pop"
      trigger={
        <IconButton
          small
          label={said ? `Rotation: ${said}` : "Rotate or mirror"}
          tip="Rotate or mirror"
          side="top"
          className={said ? "angle-button-set" : ""}
        >
          <Compass size={14} aria-hidden style={{ rotate: `${turn}deg` }} />
          {said ? <span className="numbers angle-said">{said}</span> : null}
        </IconButton>
      }
    >
      <Boundary fallback={() => <PartBroken />}>
        <AngleControls />
      </Boundary>
    </Pop>
  );
}
