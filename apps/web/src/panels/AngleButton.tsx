import { Compass } from "lucide-react";
import { lazy, Suspense } from "react";
import { useStore } from "../hooks/use-store.ts";
import { Boundary } from "../ui/Boundary.tsx";
import { IconButton } from "../ui/IconButton.tsx";
import { Pop } from "../ui/Pop.tsx";
import { loadAngle } from "./later.ts";
import { useWorkspace } from "./workspace-context.ts";

const AngleControls = lazy(async () => ({ default: (await loadAngle()).AngleControls }));

/** How the picture is turned, where it is; pressed, the controls for it. */
export function AngleButton() {
  const workspace = useWorkspace();
  const rotation = useStore(workspace.camera, (camera) => Math.round(camera.rotation));
  const flip = useStore(workspace.camera, (camera) => camera.flip ?? false);
  const signed = rotation > 180 ? rotation - 360 : rotation;
  const said = [signed === 0 ? "" : `${signed}°`, flip ? "mirrored" : ""].filter(Boolean).join(", ");
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
          <Compass size={14} aria-hidden style={{ rotate: `${rotation}deg` }} />
          {said ? <span className="numbers angle-said">{said}</span> : null}
        </IconButton>
      }
    >
      <Boundary
        fallback={() => <p className="pop-text">This did not load. Reloading the page loses nothing.</p>}
      >
        <Suspense>
          <AngleControls />
        </Suspense>
      </Boundary>
    </Pop>
  );
}
