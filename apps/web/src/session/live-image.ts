import type { Conflict, Outcome, Stamp } from "@coscope/annotations";
import type { Outbox, OutboxEntry } from "@coscope/annotations/outbox";
import { errorSentence } from "../api/index.ts";
import { hrefOfImage } from "../state/route.ts";
import type { LayerRow } from "../state/rows.ts";
import { createStore, type Store } from "../state/store.ts";
import type { SavedState } from "../state/workspace.ts";
import { createLayers, type Layers } from "./layers.ts";
import { createLiveLayer, type LiveLayer } from "./live-layer.ts";
import type { Notices } from "./notices.ts";
import { type OutboxKeeper, openOutboxKeeper } from "./outbox-keeper.ts";
import type { PresenceHub } from "./presence-hub.ts";
import type { Rows } from "./rows.ts";
import { createSavedState, type OtherWork } from "./saved-state.ts";
import type { LiveSocket } from "./socket.ts";
import { tabLease } from "./tab-lease.ts";
import { whenSent } from "./when-sent.ts";

const RETRY_ROWS_MS = 2_000;
const SIGNED_OUT = {
  guest:
    "Your session here has ended. What is not saved yet stays in this browser: reload the page, and it asks what to do with it.",
  member:
    "You were signed out here. What is not saved yet stays in this browser; sign in again as the same person to send it.",
};

export interface LiveImageOptions {
  readonly rows: Rows;
  readonly socket: LiveSocket;
  readonly hub: PresenceHub;
  readonly notices: Notices;
  readonly userId: string;
  /** Nobody can sign in as the same guest again. */
  readonly guest: boolean;
  onConflict(conflict: Conflict, layer: LiveLayer): void;
  onReapplied(layer: LiveLayer, lost: readonly Stamp[], outcome: Outcome): void;
}

/** The shared content of an image: rows, live layers, and this tab's work until it is saved. */
export interface LiveImage {
  readonly layers: Layers;
  readonly saved: Store<SavedState>;
  readonly rejected: Store<readonly OutboxEntry[]>;
  /** null until it has been read from disk. */
  outbox(): Outbox | null;
  /** Stays connected in the background until what is on its way has arrived. */
  destroy(): void;
}

export function createLiveImage(options: LiveImageOptions): LiveImage {
  const { rows, socket, hub, notices, userId } = options;
  const imageId = rows.image.get().id;
  const rejected = createStore<readonly OutboxEntry[]>([]);
  let alive = true;
  let keeper: OutboxKeeper | null = null;
  /** Else closing the tab loses what is not saved. */
  let keptOnDisk = true;
  /** Before that no layer is known, and none can be said to be gone. */
  let rowsAreHere = false;

  const outbox = (): Outbox | null => keeper?.outbox ?? null;
  const { connected, network } = socket;
  const signedOut = createStore(false);
  const others = createStore<OtherWork>({ here: 0, elsewhere: 0 });
  const saved = createSavedState({ outbox, connected, network, signedOut, others });
  const layers = createLayers({ rows, open: openLayer, onGone });

  async function start(): Promise<void> {
    keeper = await openOutboxKeeper({
      userId,
      imageId,
      lease: await tabLease(),
      notices,
      others,
      onClaimed() {
        for (const layer of layers.all()) layer.adopt();
        if (rowsAreHere) void rejectHomeless();
      },
    });
    if (!alive) return keeper.destroy();
    keptOnDisk &&= keeper.onDisk;
    stops.push(keeper.outbox.subscribe(onOutbox));
    onOutbox();
    sayElsewhere(keeper.elsewhere);
    await loadRows();
  }

  function openLayer(row: LayerRow): LiveLayer {
    return createLiveLayer({
      socket,
      outbox: keeper!.outbox,
      layerId: row.id,
      imageId,
      userId,
      tabId: keeper!.tabId,
      room: row.room,
      onConflict: options.onConflict,
      onReapplied: options.onReapplied,
      onDenied(reason) {
        // The layer was deleted or has moved to another room: the rows tell which.
        if (reason === "epoch-changed" || reason === "not-found") void loadRows();
        else if (reason === "session-ended" || reason === "session-required") saySignedOut();
        else {
          const text =
            reason === "too-many-layers"
              ? `The layer “${row.name}” stays closed: this image has more than can be open at once.`
              : `You may not open the layer “${row.name}”.`;
          notices.say({ id: `denied-${row.id}`, tone: "error", sticky: true, text });
        }
      },
      onNotKept() {
        keptOnDisk = false;
        const text =
          "This browser's disk is full or closed to us: keep the tab open until everything is saved.";
        notices.say({ id: "not-kept", tone: "warning", sticky: true, text });
      },
    });
  }

  async function loadRows(): Promise<void> {
    for (;;) {
      try {
        await rows.load();
        rowsAreHere = true;
        notices.dismiss("rows");
        await rejectHomeless();
        return;
      } catch (error) {
        if (!alive) return;
        notices.say({ id: "rows", tone: "error", sticky: true, text: errorSentence(error) });
        await new Promise((resolve) => setTimeout(resolve, RETRY_ROWS_MS));
        if (!alive) return;
      }
    }
  }

  /** Work for layers that were deleted while nobody here had them open. */
  async function rejectHomeless(): Promise<void> {
    const pending = outbox()?.pending() ?? [];
    const homeless = pending.filter(({ layerId }) => !layers.row(layerId));
    if (homeless.length > 0) await reject(homeless, "The layer it was drawn on was deleted.");
  }

  async function reject(entries: readonly OutboxEntry[], reason: string): Promise<void> {
    const keys = entries.map(({ key }) => key);
    await outbox()?.reject(keys, reason);
  }

  function onGone(row: LayerRow): void {
    const text = `The layer “${row.name}” was deleted.`;
    const lost = outbox()?.pending(row.id) ?? [];
    if (lost.length > 0) void reject(lost, text);
    notices.say({ tone: "info", text });
  }

  function onOutbox(): void {
    saved.refresh();
    rejected.set(outbox()?.rejected() ?? []);
  }

  function sayElsewhere([other]: readonly string[]): void {
    if (other === undefined) return;
    notices.say({
      tone: "info",
      sticky: true,
      text: "Some of your work on another image was not sent yet. It goes out when you open that image.",
      next: { label: "Open it", run: () => location.assign(hrefOfImage(other)) },
    });
  }

  function saySignedOut(): void {
    signedOut.set(true);
    const text = options.guest ? SIGNED_OUT.guest : SIGNED_OUT.member;
    const next = { label: "Reload the page", run: () => location.reload() };
    notices.say({ id: "signed-out", tone: "error", sticky: true, text, next });
  }

  function onBeforeUnload(event: BeforeUnloadEvent): void {
    if (!keptOnDisk && (outbox()?.pending().length ?? 0) > 0) event.preventDefault();
  }

  const stops = [
    hub.onRows(rows.apply),
    hub.onRejoin(() => void loadRows()),
    socket.signedOut.subscribe(saySignedOut),
    rows.imageGone.subscribe(() => {
      notices.say({ tone: "warning", sticky: true, text: "This image was taken out of the project." });
    }),
    () => removeEventListener("beforeunload", onBeforeUnload),
  ];
  addEventListener("beforeunload", onBeforeUnload);
  void start();

  return {
    layers,
    saved: saved.store,
    rejected,
    outbox,
    destroy() {
      alive = false;
      for (const stop of stops) stop();
      saved.destroy();
      void whenSent(outbox(), socket.connected).then(() => {
        layers.destroy();
        keeper?.destroy();
        socket.destroy();
      });
    },
  };
}
