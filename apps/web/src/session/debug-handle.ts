import type { AnnotationSnapshot } from "@coscope/annotations";
import { contentHash } from "@coscope/annotations/document";
import type { Outbox } from "@coscope/annotations/outbox";
import type { PeerState } from "@coscope/annotations/presence";
import type * as Y from "yjs";
import type { Workspace } from "../state/workspace.ts";
import type { Engine } from "./engine.ts";

/**
 * `window.__coscope`: the open image for support and for the end-to-end tests. Everything that it can do, the
 * person at this page can do as well. Not an interface to build on.
 */
export interface DebugHandle {
  readonly workspace: Workspace;
  readonly viewer: () => Engine["viewer"];
  /** Digest of each layer's content by layer id; equal on pages that hold the same. */
  contentHashes(): Record<string, string>;
  /** All visible annotations of all layers. */
  annotations(): (AnnotationSnapshot & { readonly layerId: string })[];
  /** A layer's live document, as it is on this page. */
  document(layerId: string): Y.Doc;
  /** What colleagues show of themselves. */
  peers(): readonly PeerState[];
  /** Commands that are not yet known to be saved. */
  pending(): number;
  /** Cuts the connection, and keeps it cut until `online`. */
  offline(): void;
  online(): void;
}

declare global {
  interface Window {
    __coscope?: DebugHandle;
  }
}

/** Returns what takes it away again. */
export function exposeForDebugging(
  workspace: Workspace,
  engine: Engine,
  outbox: () => Outbox | null,
): () => void {
  const { layers, socket, hub } = engine;
  const handle: DebugHandle = {
    workspace,
    viewer: () => engine.viewer,
    contentHashes: () =>
      Object.fromEntries(
        [...layers.all()].map((layer) => [layer.id, contentHash(layer.room().document.doc)]),
      ),
    annotations: () =>
      [...layers.all()].flatMap((layer) =>
        [...layer.query.get().all()].map((annotation) => ({ layerId: layer.id, ...annotation })),
      ),
    document: (layerId) => layers.live(layerId)!.room().document.doc,
    peers: () => [...hub.peers.get().values()],
    pending: () => outbox()?.pending().length ?? 0,
    offline: () => socket.provider.disconnect(),
    online: () => void socket.provider.connect(),
  };
  window.__coscope = handle;
  return () => {
    if (window.__coscope === handle) delete window.__coscope;
  };
}
