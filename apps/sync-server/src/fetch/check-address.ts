import { isIP } from "node:net";
import { ServerError } from "../errors.ts";
import { classifyAddress } from "./addresses.ts";
import { type AllowList, hostnameOf } from "./allow-list.ts";

/** An address that may be asked, as far as its text tells; its name is resolved and checked when connecting. */
export interface CheckedAddress {
  readonly url: URL;
  /** Without brackets and final dot. */
  readonly hostname: string;
  readonly port: number;
  readonly mayBePrivate: boolean;
}

/** Names that mean this machine or its network wherever they are resolved. */
const LOCAL_NAME =
  /^(localhost|localhost\.localdomain|ip6-localhost|ip6-loopback)$|\.(localhost|localdomain|local|internal|intranet|lan|home|corp|home\.arpa)$/;

/**
 * Checks what can be checked before anything is sent: scheme, user, host, port, the operator's list.
 * @throws ServerError "address-refused" | "host-not-allowed"
 */
export function checkAddress(address: string | URL, allow: AllowList): CheckedAddress {
  const url = parse(address);
  if (url.protocol !== "http:" && url.protocol !== "https:") throw refused(`begins with ${url.protocol}`);
  if (url.username !== "" || url.password !== "") {
    throw refused("holds a user name or password", "Add a connection for private data, and leave them out.");
  }
  const hostname = hostnameOf(url);
  if (hostname === "" || hostname.startsWith(".") || hostname.endsWith(".") || hostname.includes("..")) {
    throw refused("names no host");
  }
  const port = url.port === "" ? (url.protocol === "https:" ? 443 : 80) : Number(url.port);
  if (port === 0) throw refused("names port 0");
  const { allowed, mayBePrivate } = allow.judge(hostname, port, url.protocol);
  checkIp(hostname, port, mayBePrivate);
  if (!mayBePrivate && isIP(hostname) === 0 && (LOCAL_NAME.test(hostname) || !hostname.includes("."))) {
    throw inside(hostname, port);
  }
  if (!allowed) throw notAllowed(url, hostname);
  // One spelling from here on: for the Host header, for signatures, for the certificate.
  url.hostname = isIP(hostname) === 6 ? `[${hostname}]` : hostname;
  url.hash = "";
  return { url, hostname, port, mayBePrivate };
}

/** Where a redirect leads, checked like the first address. */
export function checkRedirect(from: URL, location: string, allow: AllowList): CheckedAddress {
  let next: URL;
  try {
    next = new URL(location, from);
  } catch {
    throw refused("redirects to one that cannot be read");
  }
  if (from.protocol === "https:" && next.protocol === "http:") throw refused("redirects from https to http");
  return checkAddress(next, allow);
}

/** Where one of the addresses of a name may not be asked, the name may not: which one is taken is up to chance. */
export function checkResolved(target: CheckedAddress, addresses: readonly string[]): void {
  for (const address of addresses) {
    const kind = classifyAddress(address);
    if (kind === "never") throw refused(`leads to an address that is never fetched from`);
    if (kind === "private" && !target.mayBePrivate) throw inside(target.hostname, target.port);
  }
}

function checkIp(hostname: string, port: number, mayBePrivate: boolean): void {
  if (isIP(hostname) === 0) return;
  const kind = classifyAddress(hostname);
  if (kind === "never") throw refused("leads to an address that is never fetched from");
  if (kind === "private" && !mayBePrivate) throw inside(hostname, port);
}

function parse(address: string | URL): URL {
  if (address instanceof URL) return new URL(address);
  const text = address.trim();
  // The parser drops line breaks and tabs and turns backslashes round; whoever sends them means something else.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is about those characters
  if (/[\u0000-\u001f\u007f\\]/.test(text)) throw refused("holds control characters or backslashes");
  try {
    return new URL(text);
  } catch {
    throw refused("cannot be read");
  }
}

/** @param what ends the sentence "An address that …" */
function refused(
  what: string,
  next = "Use the http:// or https:// address of an image on the web.",
): ServerError {
  return new ServerError("address-refused", `An address that ${what} is not fetched by this server.`, {
    next,
  });
}

function inside(hostname: string, port: number): ServerError {
  const setting = settingFor(hostname, port);
  return new ServerError(
    "address-refused",
    `${hostname} is inside the server's own network, from which nothing is fetched unasked.`,
    {
      next: `If it is meant, whoever runs this Coscope allows exactly this host and port: ${setting.text}.`,
      details: { host: hostname, setting: setting.option },
    },
  );
}

function notAllowed(url: URL, hostname: string): ServerError {
  const setting = settingFor(hostname, url.port === "" ? null : Number(url.port));
  return new ServerError("host-not-allowed", `This server may not fetch from ${url.host}.`, {
    next: `Whoever runs this Coscope allows it: ${setting.text}.`,
    details: { host: url.host, setting: setting.option },
  });
}

function settingFor(hostname: string, port: number | null): { option: string; text: string } {
  const host = isIP(hostname) === 6 ? `[${hostname}]` : hostname;
  const value = port === null ? host : `${host}:${port}`;
  return {
    option: `--allow-host ${value}`,
    text: `start it with --allow-host ${value} or set COSCOPE_PROXY_ALLOW=${value}`,
  };
}
