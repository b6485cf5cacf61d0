import { timingSafeEqual } from "node:crypto";

const SESSION_COOKIE = "coscope_session";
/** Browsers keep a cookie for 400 days at most; the session behind it ends earlier when it is not used. */
const COOKIE_SECONDS = 400 * 24 * 3600;

/** The token a request carries: `Authorization: Bearer` first, then the cookie; null without either. */
export function tokenOf(headers: Headers): { token: string; from: "bearer" | "cookie" } | null {
  const bearer = /^Bearer +(\S+)$/i.exec(headers.get("authorization") ?? "")?.[1];
  if (bearer) return { token: bearer, from: "bearer" };
  for (const part of (headers.get("cookie") ?? "").split(";")) {
    const [name, value] = part.trim().split("=", 2);
    if (name === SESSION_COOKIE && value) return { token: value, from: "cookie" };
  }
  return null;
}

/**
 * `Secure` only behind https: on a LAN name over plain http a browser would drop the cookie, and for the same
 * reason it has no `__Host-` prefix.
 */
export function sessionCookie(token: string, secure: boolean): string {
  return cookie(token, COOKIE_SECONDS, secure);
}

export function endedCookie(secure: boolean): string {
  return cookie("", 0, secure);
}

function cookie(value: string, seconds: number, secure: boolean): string {
  const flags = `Path=/; HttpOnly; SameSite=Lax; Max-Age=${seconds}`;
  return `${SESSION_COOKIE}=${value}; ${flags}${secure ? "; Secure" : ""}`;
}

/** Compares without telling by its duration how much of the secret was right. */
export function sameSecret(given: string, expected: string): boolean {
  const a = Buffer.from(given);
  const b = Buffer.from(expected);
  return a.length === b.length && timingSafeEqual(a, b);
}
