import { useEffect, useState } from "react";
import { useStore } from "../hooks/use-store.ts";
import { useTriesAgain } from "../hooks/use-tries-again.ts";
import { createRouteStore } from "../state/route.ts";
import { StrandedLayer } from "../stranded/StrandedLayer.tsx";
import { Boundary } from "../ui/Boundary.tsx";
import { type Failure, onDemand } from "../ui/on-demand.tsx";
import { TipProvider } from "../ui/Tip.tsx";
import { applyTheme } from "../ui/theme.ts";
import { UploadLayer } from "../upload/UploadLayer.tsx";
import { api, type Boot, boot } from "./boot.ts";
import { loadImages } from "./load-images.ts";
import { Message } from "./Message.tsx";
import { PageNotLoaded } from "./PageNotLoaded.tsx";
import "../styles/index.css";

// The canvas, the viewer and the live document.
const loadWorkspace = () => import("./WorkspacePage.tsx");

const PAGE = {
  waiting: <div className="workspace-waiting" />,
  failed: (failure: Failure) => <PageNotLoaded {...failure} />,
};
const ImagesPage = onDemand(async () => (await loadImages()).ImagesPage, PAGE);
const WorkspacePage = onDemand(async () => (await loadWorkspace()).WorkspacePage, PAGE);
const WelcomePage = onDemand(async () => (await import("./WelcomePage.tsx")).WelcomePage, PAGE);

const route = createRouteStore();

// What the address names loads while the server says who is here; should that fail, drawing it tries again.
(route.get().imageId === null ? loadImages() : loadWorkspace()).catch(() => {});

/** Who is here first, then where they are. */
export function App() {
  const [state, setState] = useState<Boot | { kind: "starting" }>({ kind: "starting" });
  const [attempt, setAttempt] = useState(0);
  /** Of drawing, after it broke. */
  const [turn, setTurn] = useState(0);
  const { imageId } = useStore(route);

  useEffect(applyTheme, []);
  useEffect(() => {
    let gone = false;
    void boot().then((next) => {
      if (!gone) setState(next);
    });
    return () => {
      gone = true;
    };
  }, [attempt]);
  useTriesAgain(state.kind === "failed", () => setAttempt((count) => count + 1));

  return (
    <TipProvider>
      <Boundary
        // Another image is another try.
        key={`${imageId} ${turn}`}
        fallback={() => (
          <Message
            title="This page has a problem"
            text="Something went wrong while drawing it. What you drew is kept. Should it happen again, reload the page."
            action={{ label: "Try again", run: () => setTurn((count) => count + 1) }}
          />
        )}
      >
        {state.kind === "starting" ? null : state.kind === "failed" ? (
          <Message
            title="Coscope cannot be reached"
            text={state.text}
            action={{ label: "Try again", run: () => setAttempt((count) => count + 1) }}
          />
        ) : state.kind === "stranger" ? (
          <WelcomePage onStart={(user) => setState({ kind: "here", user })} />
        ) : imageId === null ? (
          <ImagesPage api={api} user={state.user} onUser={(user) => setState({ kind: "here", user })} />
        ) : (
          <WorkspacePage
            key={imageId}
            api={api}
            imageId={imageId}
            user={state.user}
            onUser={(user) => setState({ kind: "here", user })}
          />
        )}
      </Boundary>
      {state.kind === "here" ? <UploadLayer /> : null}
      {state.kind === "here" ? <StrandedLayer key={state.user.id} user={state.user} /> : null}
    </TipProvider>
  );
}
