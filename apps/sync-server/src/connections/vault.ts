import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ServerError } from "../errors.ts";

/**
 * Keeps secrets in the database in a form that the database alone does not give away: AES-256-GCM under a key of the
 * data folder. Sealed: version 1, 12 bytes nonce, 16 bytes tag, the ciphertext.
 */
export interface Vault {
  /** @param about what the secret belongs to; it opens for nothing else */
  seal(secret: unknown, about: string): Uint8Array;
  /** @throws ServerError "connection-unreadable" with another key, for something else, when damaged */
  open(sealed: Uint8Array, about: string): unknown;
}

const KEY_FILE = "secrets.key";
const VERSION = 1;
const NONCE = 12;
const TAG = 16;

/** The vault of a data folder; its key is made when it is first used. */
export function createVault(dataDir: string): Vault {
  let kept: Buffer | null = null;
  const key = () => {
    kept ??= readKey(join(dataDir, KEY_FILE));
    return kept;
  };
  return {
    seal(secret, about) {
      const nonce = randomBytes(NONCE);
      const cipher = createCipheriv("aes-256-gcm", key(), nonce).setAAD(Buffer.from(about));
      const text = Buffer.concat([cipher.update(JSON.stringify(secret), "utf8"), cipher.final()]);
      return new Uint8Array(Buffer.concat([Buffer.of(VERSION), nonce, cipher.getAuthTag(), text]));
    },
    open(sealed, about) {
      try {
        const bytes = Buffer.from(sealed);
        if (bytes[0] !== VERSION) throw new Error(`version ${bytes[0]}`);
        const nonce = bytes.subarray(1, 1 + NONCE);
        const tag = bytes.subarray(1 + NONCE, 1 + NONCE + TAG);
        const decipher = createDecipheriv("aes-256-gcm", key(), nonce, { authTagLength: TAG })
          .setAAD(Buffer.from(about))
          .setAuthTag(tag);
        const text = Buffer.concat([decipher.update(bytes.subarray(1 + NONCE + TAG)), decipher.final()]);
        return JSON.parse(text.toString("utf8"));
      } catch (cause) {
        throw new ServerError("connection-unreadable", "The credentials of this connection cannot be read.", {
          next: `Delete the connection and enter them again. Was ${KEY_FILE} of the data folder left behind?`,
          cause,
        });
      }
    },
  };
}

/** 32 bytes that only the owner of the process may read. */
function readKey(file: string): Buffer {
  if (!existsSync(file)) {
    try {
      writeFileSync(file, randomBytes(32), { flag: "wx", mode: 0o600 });
    } catch (error) {
      // Another process was quicker.
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
  if (process.platform !== "win32" && (statSync(file).mode & 0o077) !== 0) chmodSync(file, 0o600);
  const key = readFileSync(file);
  if (key.length !== 32) {
    throw new ServerError("store-failed", `${KEY_FILE} of the data folder has ${key.length} bytes, not 32.`, {
      next: "Bring it back from a backup. Without one, delete it, and enter the credentials of all connections again.",
    });
  }
  return key;
}
