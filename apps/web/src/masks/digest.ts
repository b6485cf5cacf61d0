/** Lower-case hex. On plain http browsers keep their own SHA-256 to themselves; the slower one is loaded then. */
export async function sha256(bytes: Uint8Array): Promise<string> {
  const subtle = (globalThis.crypto as Crypto | undefined)?.subtle;
  const digest = subtle
    ? new Uint8Array(await subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>))
    : (await import("lib0/hash/sha256")).digest(bytes);
  return Array.from(digest, (b) => b.toString(16).padStart(2, "0")).join("");
}
