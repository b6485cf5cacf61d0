import type { Connections } from "../connections/connections.ts";
import type { Guard } from "../fetch/guard.ts";
import type { GuardedOptions } from "../fetch/guarded-fetch.ts";

export interface RemoteFetchOptions
  extends Pick<GuardedOptions, "maxBytes" | "totalMs" | "headers" | "signal" | "retries"> {
  readonly guard: Guard;
  readonly connections: Connections;
  /** Whose connections are used. */
  readonly workspaceId: string;
}

/**
 * A `fetch` for readers that run on the server: `openImage(address, { fetch: remoteFetch(…) })`. It reads where the
 * operator lets it, with the workspace's credentials; GET and HEAD alone.
 */
export function remoteFetch(options: RemoteFetchOptions): typeof fetch {
  const { guard, connections, workspaceId, headers, signal, ...limits } = options;
  return (input, init) => {
    const signals = [signal, init?.signal].filter((one) => one instanceof AbortSignal);
    return guard.fetch(input instanceof Request ? input.url : input, {
      ...limits,
      method: init?.method === "HEAD" ? "HEAD" : "GET",
      headers: { ...Object.fromEntries(new Headers(init?.headers)), ...headers },
      credentials: connections.credentialsFor(workspaceId),
      ...(signals.length > 0 ? { signal: AbortSignal.any(signals) } : {}),
    });
  };
}
