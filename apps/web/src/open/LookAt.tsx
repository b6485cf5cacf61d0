import { useEffect, useState } from "react";
import type { Api } from "../api/index.ts";
import { describeOpenError } from "../session/open-errors.ts";
import type { ImageRow } from "../state/rows.ts";
import type { OpenState } from "../state/workspace.ts";
import { Button } from "../ui/Button.tsx";
import { Spinner } from "../ui/Spinner.tsx";
import { FoundCard } from "./FoundCard.tsx";
import { type Found, lookAt } from "./look-at.ts";
import { mixedContent, OtherWays } from "./OtherWays.tsx";
import "./open.css";

type Failure = Extract<OpenState, { kind: "failed" }>;

type State =
  | { readonly kind: "looking" }
  /** `row`: it is registered already, to be read through the server. */
  | { readonly kind: "found"; readonly found: Found; readonly row: ImageRow | null }
  | { readonly kind: "failed"; readonly failure: Failure; readonly error: unknown };

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

  useEffect(() => {
    const stop = new AbortController();
    const failed = (error: unknown) => {
      if (stop.signal.aborted) return;
      setState({ kind: "failed", failure: describeOpenError(error, address), error });
    };
    // The browser would refuse to ask at all.
    if (mixedContent(address)) failed(mixedContent(address));
    else {
      lookAt(address, stop.signal).then(
        (found) => !stop.signal.aborted && setState({ kind: "found", found, row: null }),
        failed,
      );
    }
    return () => stop.abort();
  }, [address]);

  const byServer = async (row: ImageRow) => {
    try {
      setState({ kind: "found", found: await lookAt(row.url), row });
    } catch (error) {
      await api.deleteImage(row.id, row.revision).catch(() => {});
      setState({ kind: "failed", failure: describeOpenError(error, address), error });
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
    const { found, row } = state;
    return (
      <FoundCard
        api={api}
        found={found}
        row={row}
        known={
          images.find(({ url, origin }) => url === found.url || (origin && origin === found.url)) ?? null
        }
        onAdded={onAdded}
        onCancel={() => {
          if (row) void api.deleteImage(row.id, row.revision).catch(() => {});
          onCancel();
        }}
      />
    );
  }
  const { title, text, next } = state.failure;
  return (
    <div className="refused">
      <div role="alert" id="image-url-problem">
        <p className="refused-title">{title}</p>
        <p>
          {text} {next}
        </p>
      </div>
      <OtherWays api={api} address={address} error={state.error} onRow={byServer} />
      <Button small tone="quiet" onClick={onCancel}>
        Dismiss
      </Button>
    </div>
  );
}
