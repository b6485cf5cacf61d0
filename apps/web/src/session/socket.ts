import type { HocuspocusProviderWebsocket } from "@hocuspocus/provider";
import { createStore, type Store } from "../state/store.ts";
import { PiecewiseSocket } from "./piecewise-socket.ts";

/** One WebSocket for all rooms and for presence. */
export interface LiveSocket {
  readonly provider: HocuspocusProviderWebsocket;
  readonly connected: Store<boolean>;
  /** False while the browser has no network, which the connection itself notices half a minute later. */
  readonly network: Store<boolean>;
  isOpen(): boolean;
  /** A frame of ours; dropped while the socket is closed. */
  send(frame: Uint8Array): void;
  /** Every frame that comes, before anyone acts on it. */
  onFrame(callback: (frame: Uint8Array) => void): () => void;
  /** Drops this connection and makes another. */
  reset(): void;
  /** The server ended the session: there is no point in trying again. */
  readonly signedOut: Store<boolean>;
  destroy(): void;
}

/** Quick first tries, because servers restart in a second; then no more than one try in five seconds. */
const RECONNECT = { delay: 200, minDelay: 200, maxDelay: 5_000, factor: 1.6, jitter: true } as const;

/** A server on this computer answers in far less. */
const ANSWER_MS = 1_000;

/** Close code of a session that ended. */
const SIGNED_OUT = 4401;
/** Ours, for a connection that is given up without waiting for a farewell. */
const FORCED = 4408;

export function createLiveSocket(url: string): LiveSocket {
  const provider = new PiecewiseSocket({ url, ...RECONNECT });
  const connected = createStore(false);
  const signedOut = createStore(false);
  const network = createStore(true);
  provider.on("close", ({ event }: { event?: { code?: number } }) => {
    if (event?.code !== SIGNED_OUT) return;
    provider.disconnect();
    signedOut.set(true);
  });
  provider.on("status", ({ status }: { status: string }) => {
    connected.set(status === "connected");
    if (status === "connected") network.set(true);
  });

  // The wait between tries is pointless once the network or the person is back.
  const retryNow = () => {
    if (!connected.get() && !signedOut.get() && document.visibilityState === "visible")
      void provider.connect();
  };
  const onOnline = () => {
    network.set(true);
    // What was opened before the network went may never say that it is dead.
    if (connected.get())
      provider.onClose({ event: { code: FORCED, reason: "the network came back" } as CloseEvent });
    else retryNow();
  };
  const onOffline = async () => {
    // A server on this very computer is there without any network.
    if (navigator.onLine || (await answers())) return;
    if (!navigator.onLine) network.set(false);
  };
  addEventListener("online", onOnline);
  addEventListener("offline", onOffline);
  document.addEventListener("visibilitychange", retryNow);

  const isOpen = () => provider.webSocket?.readyState === WebSocket.OPEN;
  return {
    provider,
    connected,
    network,
    isOpen,
    send(frame) {
      if (isOpen()) provider.send(frame);
    },
    onFrame(callback) {
      const listener = ({ data }: MessageEvent<ArrayBuffer>) => {
        callback(new Uint8Array(data));
      };
      provider.on("message", listener);
      return () => provider.off("message", listener);
    },
    reset: () => provider.webSocket?.close(),
    signedOut,
    destroy() {
      removeEventListener("online", onOnline);
      removeEventListener("offline", onOffline);
      document.removeEventListener("visibilitychange", retryNow);
      provider.destroy();
    },
  };
}

async function answers(): Promise<boolean> {
  try {
    return (await fetch("/healthz", { cache: "no-store", signal: AbortSignal.timeout(ANSWER_MS) })).ok;
  } catch {
    return false;
  }
}

/** The live endpoint of the site that served this page. */
export function liveUrl(page: Pick<Location, "protocol" | "host"> = location): string {
  return `${page.protocol === "https:" ? "wss:" : "ws:"}//${page.host}/collab`;
}
