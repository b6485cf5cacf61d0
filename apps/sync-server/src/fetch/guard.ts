import http from "node:http";
import https from "node:https";
import type { AllowList } from "./allow-list.ts";
import { type CheckedAddress, checkAddress } from "./check-address.ts";
import { type GuardedOptions, guardedFetch, type Resolver } from "./guarded-fetch.ts";

/** The server's one way out to addresses that people give. Connections are kept open between requests. */
export interface Guard {
  readonly allow: AllowList;
  /** Throws what `fetch` would for the address alone; nothing is sent. */
  check(address: string | URL): CheckedAddress;
  fetch(
    address: string | URL,
    options?: Omit<GuardedOptions, "allow" | "resolver" | "agents">,
  ): Promise<Response>;
  close(): void;
}

/** @param resolver for tests; names are looked up by the system otherwise */
export function createGuard({ allow, resolver }: { allow: AllowList; resolver?: Resolver }): Guard {
  const kept = { keepAlive: true, maxSockets: 64, maxFreeSockets: 16, timeout: 30_000 };
  const agents = { http: new http.Agent(kept), https: new https.Agent(kept) };
  return {
    allow,
    check: (address) => checkAddress(address, allow),
    fetch: (address, options) =>
      guardedFetch(address, { ...options, allow, agents, ...(resolver ? { resolver } : {}) }),
    close() {
      agents.http.destroy();
      agents.https.destroy();
    },
  };
}
