import type { OfflineReason, SavedState, WorkState } from "../state/workspace.ts";
import { plural } from "./format.ts";

/** On the pill: a few words. */
export function pillText(saved: SavedState): string {
  switch (saved.kind) {
    case "saved":
      return "Saved";
    case "sending":
      return "Saving…";
    case "waiting":
      return `${saved.here + saved.elsewhere} waiting`;
    case "offline": {
      const state = OFFLINE[saved.why].short;
      return saved.queued > 0 ? `${state}, ${saved.queued} waiting` : state;
    }
    case "rejected":
      return [
        `${saved.count} not saved`,
        ...(saved.rest.kind === "saved" ? [] : [pillText(saved.rest)]),
      ].join(" · ");
  }
}

export function savedTitle(saved: SavedState): string {
  switch (saved.kind) {
    case "saved":
      return "Everything is saved";
    case "sending":
      return "Saving your work";
    case "waiting":
      return `${counted(saved.here + saved.elsewhere, "waits", "wait")} in this browser`;
    case "offline":
      return OFFLINE[saved.why].title;
    case "rejected":
      return `${plural(saved.count, "change")} could not be saved`;
  }
}

/** A paragraph each. */
export function savedMeaning(saved: WorkState): readonly string[] {
  switch (saved.kind) {
    case "saved":
      return ["What you drew is on the server, and your colleagues see it."];
    case "sending":
      return [
        `${plural(saved.queued, "change")} on the way to the server. Kept on this computer until then.`,
      ];
    case "waiting":
      return [
        saved.here > 0 &&
          `${counted(saved.here, "was", "were")} made in another tab and not sent yet. If that tab is closed, this one sends ${them(saved.here)} soon.`,
        saved.elsewhere > 0 &&
          `${counted(saved.elsewhere, "was", "were")} made on another image and not sent yet. Open it to send ${them(saved.elsewhere)}.`,
      ].filter((text) => text !== false);
    case "offline": {
      const { next } = OFFLINE[saved.why];
      const kept =
        saved.queued > 0
          ? `${counted(saved.queued, "is", "are")} kept on this computer`
          : "Your changes are kept on this computer";
      return [saved.why === "signed-out" ? `${kept}. ${next}` : `Keep drawing. ${kept} and sent ${next}`];
    }
  }
}

const counted = (count: number, one: string, many: string) =>
  `${plural(count, "change")} ${count === 1 ? one : many}`;

const them = (count: number) => (count === 1 ? "it" : "them");

const OFFLINE: Readonly<Record<OfflineReason, { short: string; title: string; next: string }>> = {
  network: { short: "Offline", title: "You are offline", next: "when the connection is back." },
  server: {
    short: "No answer",
    title: "Coscope's server does not answer",
    next: "when it is back.",
  },
  "signed-out": {
    short: "Signed out",
    title: "Your session here has ended",
    next: "Reload the page to go on.",
  },
};
