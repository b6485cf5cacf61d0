import { isSourceError, SourceError } from "@coscope/viewer/source";
import { useEffect, useState } from "react";
import { type Api, errorSentence, type LookAnswer } from "../api/index.ts";
import { nameFromUrl } from "../pages/image-name.ts";
import type { ImageRow } from "../state/rows.ts";
import { Button } from "../ui/Button.tsx";
import { Spinner } from "../ui/Spinner.tsx";
import { KeyForm } from "./KeyForm.tsx";

/** What a page cannot read itself, a server may: other pages' rules do not hold for it, and it may have a key. */
const WORTH_ASKING = ["cors", "unreachable", "not-found", "not-an-image"] as const;
const NEEDS_KEY = new Set([401, 403]);

/** A page that came over https may not read over http: the browser does not even ask. */
export function mixedContent(address: string): SourceError | null {
  if (location.protocol !== "https:" || !address.startsWith("http:")) return null;
  const { hostname } = new URL(address);
  if (hostname === "localhost" || hostname === "127.0.0.1") return null;
  return new SourceError("cors", {
    url: address,
    expected: "an https:// address, as this page came over https",
    got: "http://",
    next: "Use the https:// address of the image where there is one.",
  });
}

interface OtherWaysProps {
  api: Api;
  address: string;
  error: unknown;
  /** It is registered to be read through the server; whether that works is seen by reading it. */
  onRow: (row: ImageRow) => Promise<void>;
}

/** Asks the server whether it can read what the page cannot, and offers that. */
export function OtherWays({ api, address, error, onRow }: OtherWaysProps) {
  const asks = isSourceError(error, ...WORTH_ASKING) && !sameSite(address);
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
      (answer) => !stop.signal.aborted && setLook(answer),
      // Then there is no other way; what was said before stands.
      () => {},
    );
    return () => stop.abort();
  }, [api, address, asks, keyAdded]);

  if (!asks || !look) return null;

  const open = async () => {
    setBusy(true);
    setProblem("");
    try {
      const name = nameFromUrl(address);
      await onRow(await api.addImage({ name, url: address, via: "server" }));
    } catch (cause) {
      setProblem(errorSentence(cause));
    }
    setBusy(false);
  };

  const needsKey = look.allowed && look.status !== null && NEEDS_KEY.has(look.status);
  return (
    <div className="other-ways">
      {look.needsServer ? (
        <p>
          Your Coscope server can read it and pass it on.{" "}
          <Button small tone="primary" disabled={busy} onClick={() => void open()}>
            {busy ? <Spinner label="Asking the server" size={12} /> : "Open through the server"}
          </Button>
        </p>
      ) : null}
      {look.allowed ? null : (
        <p>
          {look.reason} {look.next}
          {look.setting ? (
            <>
              {" "}
              Whoever runs this Coscope can allow it: <code>{look.setting}</code>
            </>
          ) : null}
        </p>
      )}
      {needsKey || wantsKey ? (
        <KeyForm api={api} address={address} onAdded={() => setKeyAdded((count) => count + 1)} />
      ) : look.allowed && !look.needsServer ? (
        <p>
          {look.reason} {look.next}{" "}
          <Button small onClick={() => setWantsKey(true)}>
            This address needs a key…
          </Button>
        </p>
      ) : null}
      {problem ? (
        <p className="problem" role="alert">
          {problem}
        </p>
      ) : null}
    </div>
  );
}

function sameSite(address: string): boolean {
  return new URL(address, location.href).origin === location.origin;
}
