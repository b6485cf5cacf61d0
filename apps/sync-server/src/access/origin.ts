import { isLoopback } from "../config.ts";

/**
 * Guards against pages of other sites: `Host` defeats DNS rebinding on a server that only this machine can
 * reach, `Origin` defeats cross-site writes and cross-site WebSockets.
 */
export interface OriginPolicy {
  hostAllowed(host: string | null): boolean;
  /** `origin` null: not a browser, or one that sends none (GET, same origin). */
  originAllowed(origin: string | null, host: string | null): boolean;
}

export function createOriginPolicy(boundHost: string): OriginPolicy {
  const local = isLoopback(boundHost);
  return {
    hostAllowed(host) {
      const name = hostName(host);
      if (name === null) return false;
      return !local || name === boundHost || isLoopback(name);
    },
    originAllowed(origin, host) {
      if (origin === null) return true;
      try {
        // A proxy may end TLS before us, so the scheme is not compared.
        return host !== null && new URL(origin).host === host.toLowerCase();
      } catch {
        return false; // "null", from sandboxed frames and file pages
      }
    },
  };
}

/** The name in a Host header, without port and IPv6 brackets; null when there is none. */
function hostName(host: string | null): string | null {
  if (!host) return null;
  try {
    return new URL(`http://${host}`).hostname.replace(/^\[|\]$/g, "");
  } catch {
    return null;
  }
}
