import type { SourceErrorCode } from "@coscope/viewer/source";
import { useEffect, useState } from "react";
import { type Api, errorSentence, type LookAnswer } from "../api/index.ts";
import { Button } from "../ui/Button.tsx";
import { Spinner } from "../ui/Spinner.tsx";
import { KeyForm } from "./KeyForm.tsx";
import "./open.css";
import { Problem } from "../ui/Problem.tsx";

/** What a page cannot read itself, a server may: other pages' rules do not hold for it, and it may have a key. */
const WORTH_ASKING: readonly (SourceErrorCode | undefined)[] = [
  "cors",
  "unreachable",
  "not-found",
  "not-an-image",
];
const NEEDS_KEY = new Set([401, 403]);

interface OtherWaysProps {
  api: Api;
  address: string;
  /** Why the page could not read it. */
  code: SourceErrorCode | undefined;
  /** The server can, or could with a key: what was said before is not the last word. */
  onWay?: () => void;
  /** Has it read through the server, at `through` before it is added. Rejects with ApiError. */
  onServer: (through: string) => Promise<void>;
}

/** Asks the server whether it can read what the page cannot, and offers that. */
export function OtherWays({ api, address, code, onWay, onServer }: OtherWaysProps) {
  const asks = WORTH_ASKING.includes(code) && !sameSite(address);
  const [look, setLook] = useState<LookAnswer | null>(null);
  const [keyAdded, setKeyAdded] = useState(0);
  const [wantsKey, setWantsKey] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");

  useEffect(() => {
    if (!asks) return;
    const stop = new AbortController();
    setLook(null);
    api.lookAtAddress(address, stop.signal).then(
      (answer) => {
        if (stop.signal.aborted) return;
        setLook(answer);
        if (answer.needsServer || needsKey(answer)) onWay?.();
      },
      // Then there is no other way; what was said before stands.
      () => {},
    );
    return () => stop.abort();
  }, [api, address, asks, keyAdded]);

  if (!asks || !look) return null;
  const { through } = look;
  // The page read that host: at most a key is missing, which is not the likeliest reason.
  const readable = code === "not-found" || code === "not-an-image";

  const open = async (through: string) => {
    setBusy(true);
    setProblem("");
    try {
      await onServer(through);
    } catch (cause) {
      setProblem(errorSentence(cause));
    }
    setBusy(false);
  };

  return (
    <div className="other-ways" ref={intoView}>
      {through ? (
        <p>
          Your Coscope server can read it and pass it on.{" "}
          <Button small tone="primary" disabled={busy} onClick={() => void open(through)}>
            {busy ? <Spinner label="Asking the server" size={12} /> : "Open through the server"}
          </Button>
        </p>
      ) : null}
      {look.allowed || (readable && !look.setting) ? null : (
        <p>
          {readable ? "If it is there and asks for a key, this server can send one." : look.reason}{" "}
          {look.setting ? (
            <>
              Whoever runs this Coscope can allow it: <code>{look.setting}</code>
            </>
          ) : (
            look.next
          )}
        </p>
      )}
      {needsKey(look) || wantsKey ? (
        <KeyForm api={api} address={address} onAdded={() => setKeyAdded((count) => count + 1)} />
      ) : look.allowed && !look.needsServer ? (
        <p>
          {look.reason} {look.next}{" "}
          <Button small onClick={() => setWantsKey(true)}>
            This address needs a key…
          </Button>
        </p>
      ) : null}
      <Problem text={problem} />
    </div>
  );
}

/** It comes later than the rest, and may grow out of sight. */
function intoView(element: HTMLElement | null): void {
  element?.scrollIntoView({ block: "nearest" });
}

function needsKey({ allowed, status }: LookAnswer): boolean {
  return allowed && status !== null && NEEDS_KEY.has(status);
}

function sameSite(address: string): boolean {
  return new URL(address, location.href).origin === location.origin;
}
