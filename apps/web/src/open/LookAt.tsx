import { useEffect, useState } from "react";
import type { Api } from "../api/index.ts";
import { describeOpenError } from "../session/open-errors.ts";
import { whyNot } from "../session/why-not.ts";
import type { ImageRow } from "../state/rows.ts";
import type { OpenState } from "../state/workspace.ts";
import { Button } from "../ui/Button.tsx";
import { Spinner } from "../ui/Spinner.tsx";
import { FoundCard } from "./FoundCard.tsx";
import { type Found, lookAt, lookThrough } from "./look-at.ts";
import { OtherWays } from "./OtherWays.tsx";
import "./open.css";

type Failure = Extract<OpenState, { kind: "failed" }>;

type State =
  | { readonly kind: "looking" }
  | { readonly kind: "found"; readonly found: Found }
  | { readonly kind: "failed"; readonly failure: Failure };

export interface LookAtProps {
  api: Api;
  address: string;
  /** Images that are listed already. */
  images: readonly ImageRow[];
  /** Images were added, and the list is to be read again. */
  onAdded: () => void;
  onCancel: () => void;
}

/** What is at a pasted address, before it is added; or why it cannot be read, and what helps. */
export function LookAt({ api, address, images, onAdded, onCancel }: LookAtProps) {
  const [state, setState] = useState<State>({ kind: "looking" });
  const [hasWay, setHasWay] = useState(false);

  useEffect(() => {
    const stop = new AbortController();
    const failed = (error: unknown) => {
      if (stop.signal.aborted) return;
      setState({ kind: "failed", failure: describeOpenError(error, address) });
    };
    lookAt(address, stop.signal).then(
      (found) => !stop.signal.aborted && setState({ kind: "found", found }),
      failed,
    );
    return () => stop.abort();
  }, [address]);

  const byServer = async (through: string) => {
    try {
      setState({ kind: "found", found: await lookThrough(through, address) });
    } catch (error) {
      setState({ kind: "failed", failure: await whyNot(error, { url: through, origin: address }) });
    }
  };

  if (state.kind === "looking") {
    return (
      <div className="looking" role="status">
        <Spinner label="" size={14} />
        Looking at what is there…
      </div>
    );
  }
  if (state.kind === "found") {
    const { found } = state;
    return (
      <FoundCard
        api={api}
        found={found}
        known={
          images.find(({ url, origin }) => url === found.address || (origin && origin === found.address)) ??
          null
        }
        onAdded={onAdded}
        onCancel={onCancel}
      />
    );
  }
  const { title, text, next, code } = state.failure;
  return (
    <div className="refused" ref={intoView}>
      <div role="alert" id="image-url-problem">
        <p className="refused-title">{title}</p>
        <p>
          {text} {hasWay ? null : next}
        </p>
      </div>
      <OtherWays api={api} address={address} code={code} onWay={() => setHasWay(true)} onServer={byServer} />
      <Button small tone="quiet" onClick={onCancel}>
        Dismiss
      </Button>
    </div>
  );
}

/** The address may have been pasted anywhere on a long page. */
function intoView(element: HTMLElement | null): void {
  element?.scrollIntoView({ block: "nearest" });
}
