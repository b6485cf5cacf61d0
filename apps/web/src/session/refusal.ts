import { covers, type OutboxEntry, type StateVector } from "@coscope/annotations/outbox";

/** The server refused an update: these clocks, to `clockTo` exclusive; without them it does not say which. */
export interface Rejection {
  readonly reason: string;
  readonly clientId?: number;
  readonly clock?: number;
  readonly clockTo?: number;
}

/**
 * Which commands a refusal means. "unclear" when it could be any of several: they then have to go one by one.
 * @param waiting what was sent to that room and is not durable, oldest first
 * @param alone whether commands already go one by one, each waiting for its answer
 */
export function refusedBy(
  { clientId, clock, clockTo }: Rejection,
  waiting: readonly OutboxEntry[],
  durable: StateVector,
  alone: boolean,
): readonly OutboxEntry[] | "unclear" {
  if (clock !== undefined) {
    const suspects = waiting.filter(
      (entry) =>
        (clientId === undefined || entry.clientId === clientId) &&
        entry.clockFrom < (clockTo ?? clock + 1) &&
        clock < entry.clockTo,
    );
    // None: it was no command of ours, and all of ours are innocent.
    if (suspects.length <= 1) return suspects;
  }
  const first = waiting.find((entry) => !covers(durable, entry.clientId, entry.clockTo));
  return first && (alone || waiting.length === 1) ? [first] : "unclear";
}

/** Why the server did not take an edit, as a sentence for the person who made it. */
export function describeRefusal(code: string): string {
  switch (code) {
    case "too-large":
      return "It is too large for the server: an outline with fewer corners would fit.";
    case "not-an-annotation":
      return "The server could not make sense of it. Reload the page: it may be older than the server.";
    case "foreign-client-id":
      return "The server took it for somebody else's work. Reload the page and draw it again.";
    case "malformed-update":
      return "It arrived damaged. Reload the page and draw it again.";
    case "missing-history":
      return "The server lacks what it builds upon. Reload the page and draw it again.";
    case "too-many-clients":
      return "This layer was opened too often under your name today. Wait an hour, or draw on another layer.";
    case "view-only":
      return "You may look at this layer, and not draw on it.";
    case "layer-full":
      return "This layer is full. Draw on a new one.";
    case "storage-full":
      return "The server has no more room for annotations. Whoever runs it can make some.";
    default:
      return `The server refused it (${code}).`;
  }
}
