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
    default:
      return `The server refused it (${code}).`;
  }
}
