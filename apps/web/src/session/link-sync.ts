import { decodeLink, encodeLink, type LinkedView } from "./link.ts";

/** Safari allows 100 changes of the address in 30 s. */
const QUIET_MS = 400;

/** Keeps the address of the page equal to what is on screen, without adding to the history. */
export interface LinkSync {
  /** What the address asked for when the page opened. */
  readonly initial: LinkedView | null;
  /** Something that a link holds changed. */
  changed(): void;
  /** The whole address for the present view. */
  href(): string;
  destroy(): void;
}

/** `onOpened`: somebody pasted a link to another view of the same image into the address bar. */
export function createLinkSync(
  imageId: string,
  current: () => LinkedView,
  onOpened: (view: LinkedView) => void,
): LinkSync {
  const here = decodeLink(location.hash);
  let timer: ReturnType<typeof setTimeout> | null = null;

  function write(): void {
    timer = null;
    // On the way to another image already, which has not been told yet.
    if (decodeLink(location.hash)?.imageId !== imageId) return;
    const hash = encodeLink(current());
    if (hash !== location.hash) history.replaceState(history.state, "", hash);
  }

  function onHashChange(): void {
    const view = decodeLink(location.hash);
    if (view?.imageId === imageId) onOpened(view);
  }

  addEventListener("hashchange", onHashChange);
  return {
    initial: here?.imageId === imageId ? here : null,
    changed() {
      timer ??= setTimeout(write, QUIET_MS);
    },
    href() {
      const url = new URL(location.href);
      url.hash = encodeLink(current());
      return url.href;
    },
    destroy() {
      if (timer !== null) clearTimeout(timer);
      removeEventListener("hashchange", onHashChange);
    },
  };
}
