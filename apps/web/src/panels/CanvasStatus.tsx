import { ImageOff } from "lucide-react";
import { createApi } from "../api/index.ts";
import { useStore } from "../hooks/use-store.ts";
import { hrefOfImageList } from "../state/route.ts";
import { Button } from "../ui/Button.tsx";
import { onDemand } from "../ui/on-demand.tsx";
import { Spinner } from "../ui/Spinner.tsx";
import { useWorkspace } from "./workspace-context.ts";

const OtherWays = onDemand(async () => (await import("../open/OtherWays.tsx")).OtherWays);
const api = createApi();

/** Over the canvas while there is no image to see: it is opening, or why it did not open. */
export function CanvasStatus() {
  const workspace = useWorkspace();
  const state = useStore(workspace.openState);
  const image = useStore(workspace.image);
  if (state.kind === "ready") return null;
  if (state.kind === "opening") {
    return (
      <div className="canvas-status">
        <Spinner label={`Opening ${image.name}`} size={24} />
      </div>
    );
  }
  return (
    <div className="canvas-status">
      <section className="card" role="alert">
        <ImageOff size={22} aria-hidden className="card-icon" />
        <h2 className="card-title">{state.title}</h2>
        <p className="card-text">{state.text}</p>
        <p className="card-text">{state.next}</p>
        {(image.via === "direct" || state.needsKey) && image.origin ? (
          <OtherWays
            api={api}
            address={image.origin}
            code={state.code}
            onServer={async () => {
              await api.updateImage(image.id, { via: "server", revision: image.revision });
              location.reload();
            }}
          />
        ) : null}
        <div className="card-actions">
          <Button tone="primary" onClick={workspace.actions.retryOpen}>
            Try again
          </Button>
          <a className="button button-plain" href={hrefOfImageList}>
            All images
          </a>
        </div>
      </section>
    </div>
  );
}
