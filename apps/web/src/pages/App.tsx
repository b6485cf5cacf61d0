import { lazy, Suspense, useEffect, useState } from "react";
import { useStore } from "../hooks/use-store.ts";
import { createRouteStore } from "../state/route.ts";
import { Boundary } from "../ui/Boundary.tsx";
import { TipProvider } from "../ui/Tip.tsx";
import { applyTheme } from "../ui/theme.ts";
import { UploadLayer } from "../upload/UploadLayer.tsx";
import { api, type Boot, boot } from "./boot.ts";
import { Message } from "./Message.tsx";
import "../styles/index.css";

const loadImages = () => import("./ImagesPage.tsx");
// The canvas, the viewer and the live document.
const loadWorkspace = () => import("./WorkspacePage.tsx");

const ImagesPage = lazy(async () => ({ default: (await loadImages()).ImagesPage }));
const WorkspacePage = lazy(async () => ({ default: (await loadWorkspace()).WorkspacePage }));
const WelcomePage = lazy(async () => ({ default: (await import("./WelcomePage.tsx")).WelcomePage }));

const route = createRouteStore();

// What the address names loads while the server says who is here; should that fail, drawing it tries again.
(route.get().imageId === null ? loadImages() : loadWorkspace()).catch(() => {});

/** Who is here first, then where they are. */
export function App() {
  const [state, setState] = useState<Boot | { kind: "starting" }>({ kind: "starting" });
  const [attempt, setAttempt] = useState(0);
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

  return (
    <TipProvider>
      <Boundary
        // Another image is another try.
        key={imageId}
        fallback={() => (
          <Message
            title="This page has a problem"
            text="Something went wrong while drawing it, or the server was updated. What you drew is kept; reload to go on."
            action={{ label: "Reload", run: () => location.reload() }}
          />
        )}
      >
        <Suspense fallback={<div className="workspace-waiting" />}>
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
        </Suspense>
      </Boundary>
      {state.kind === "here" ? <UploadLayer /> : null}
    </TipProvider>
  );
}
