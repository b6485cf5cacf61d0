import { type ComponentType, type FunctionComponent, type ReactNode, useEffect } from "react";
import { useStore } from "../hooks/use-store.ts";
import { useTriesAgain } from "../hooks/use-tries-again.ts";
import { Button } from "./Button.tsx";
import { createPart, serverAnswers } from "./part.ts";
import { mendStylesheets } from "./stylesheets.ts";

/** It did not load; it is tried again by itself for as long as it is wanted. */
export interface Failure {
  /** The server was updated since: only reloading helps. */
  readonly gone: boolean;
  readonly retry: () => void;
}

interface Looks<P> {
  /** Until it is there. */
  readonly waiting?: ReactNode;
  readonly failed?: (failure: Failure, props: P) => ReactNode;
}

/** For parts that nobody asked for: they come when they can. */
export const QUIET = { failed: () => null };

/**
 * A part of the page that loads when it is first drawn. `React.lazy` keeps a failed load for ever; here it is tried
 * again, by itself and by who draws it next. (Chromium keeps no failed import, so the same address does.)
 */
export function onDemand<P extends object>(
  load: () => Promise<ComponentType<P>>,
  { waiting = null, failed = (failure) => <NotLoaded {...failure} /> }: Looks<P> = {},
): FunctionComponent<P> {
  const part = createPart(async () => {
    await mendStylesheets();
    return load();
  }, serverAnswers);
  return function OnDemand(props: P) {
    const now = useStore(part.state);
    useEffect(part.want, []);
    useTriesAgain(now.kind === "failed", part.again);
    if (now.kind === "waiting") return waiting;
    if (now.kind === "failed") return failed({ gone: now.gone, retry: part.again }, props);
    const Ready = now.value;
    return <Ready {...props} />;
  };
}

/** What to say of a part that did not load, and what helps. */
export function notLoadedText({ gone }: Pick<Failure, "gone">): string {
  return gone
    ? "This part did not load: the server was updated. Reload the page; nothing is lost."
    : "This part did not load. Check the connection and try again.";
}

function NotLoaded({ gone, retry }: Failure) {
  return (
    <div className="not-loaded" role="alert">
      <p>{notLoadedText({ gone })}</p>
      <Button onClick={gone ? () => location.reload() : retry}>{gone ? "Reload" : "Try again"}</Button>
    </div>
  );
}

/** In place of a part that is there and threw. */
export function PartBroken() {
  return <p className="not-loaded">Something went wrong here. Reloading the page loses nothing.</p>;
}
