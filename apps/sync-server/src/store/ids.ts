import { randomBytes } from "node:crypto";

const ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz";

/** A new row id: 16 characters of [0-9a-z], 82 random bits. */
export function newId(): string {
  let id = "";
  while (id.length < 16) {
    // 252 = 7 * 36: bytes above it would favour the first letters.
    for (const byte of randomBytes(20)) if (byte < 252 && id.length < 16) id += ALPHABET[byte % 36];
  }
  return id;
}

/** A new secret for a cookie, a bearer token or a link: 144 random bits, url-safe. */
export function newSecret(): string {
  return randomBytes(18).toString("base64url");
}
