import { isIP } from "node:net";
import { ServerError } from "../errors.ts";

/** What the operator allows for a host and port. */
export interface Verdict {
  readonly allowed: boolean;
  /** The operator named exactly this host and port, so it may be inside the server's own network. */
  readonly mayBePrivate: boolean;
}

/** Which hosts the server may fetch from on somebody's behalf. */
export interface AllowList {
  /** As given, for messages. */
  readonly patterns: readonly string[];
  /** @param hostname canonical, as `hostnameOf` gives it */
  judge(hostname: string, port: number, protocol: string): Verdict;
}

interface Pattern {
  /** "" for any host; begins with "." for any name below it. */
  readonly host: string;
  /** null: the usual port of http or https. */
  readonly port: number | null;
}

/**
 * Patterns: `images.example.org`, `*.example.org` (names below it), `*` (any public host), each with `:port` where it
 * is not the usual one. A host named in full together with its port (`minio.lab:9000`, `10.0.0.5:9000`) may be inside
 * the server's own network; nothing else may.
 * @throws ServerError "bad-argument"
 */
export function createAllowList(texts: readonly string[]): AllowList {
  const patterns = texts.map(parsePattern);
  return {
    patterns: texts,
    judge(hostname, port, protocol) {
      const usual = protocol === "https:" ? 443 : 80;
      const matching = patterns.filter(
        (pattern) => (pattern.port ?? usual) === port && hostMatches(pattern.host, hostname),
      );
      return {
        allowed: matching.length > 0,
        mayBePrivate: matching.some((pattern) => pattern.host === hostname && pattern.port !== null),
      };
    },
  };
}

/** Splits what an environment variable holds: commas or spaces between patterns. */
export function splitPatterns(text: string | undefined): string[] {
  return (text ?? "").split(/[\s,]+/).filter(Boolean);
}

/** The host of an address, lower case, without brackets and without the dot that ends a full name. */
export function hostnameOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "");
}

function hostMatches(pattern: string, hostname: string): boolean {
  if (pattern === "") return true;
  if (pattern.startsWith(".")) return hostname.endsWith(pattern) && isIP(hostname) === 0;
  return pattern === hostname;
}

function parsePattern(text: string): Pattern {
  const given = text
    .trim()
    .replace(/^https?:\/\//i, "")
    .replace(/\/$/, "");
  const match = /^(\*\.|\*)?(.*?)(?::(\d{1,5}))?$/.exec(given);
  const [, star = "", host = "", port] = match ?? [];
  const number = port === undefined ? null : Number(port);
  const misplaced = star === "*" ? host !== "" : host === "" || /[*/?#@\\\s]/.test(host);
  if (!match || misplaced || (number !== null && (number < 1 || number > 65535))) throw bad(text);
  if (star === "*") return { host: "", port: number };
  try {
    // The parser writes names and numbers as it will write those of addresses: punycode, dotted decimals.
    const parsed = hostnameOf(new URL(`http://${isIP(host) === 6 ? `[${host}]` : host}/`));
    if (parsed === "") throw bad(text);
    return { host: star === "*." ? `.${parsed}` : parsed, port: number };
  } catch {
    throw bad(text);
  }
}

function bad(text: string): ServerError {
  return new ServerError("bad-argument", `--allow-host expects a host, got "${text.slice(0, 200)}".`, {
    next: "Write images.example.org, *.example.org, minio.lab:9000, or * for any public host; no path.",
  });
}
