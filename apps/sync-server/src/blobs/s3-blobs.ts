import { createHash } from "node:crypto";
import { AwsClient } from "aws4fetch";
import {
  type BlobInfo,
  type BlobLimits,
  type BlobStore,
  blobFailure,
  checkKey,
  checkSize,
  DEFAULT_LIMITS,
} from "./blob-store.ts";

/** Where an S3-compatible storage is, and who we are there. */
export interface S3Options {
  /** Of the service, without the bucket: `https://s3.eu-central-1.amazonaws.com`, `http://minio:9000`. */
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  /** Put before every key; "" or "a/b/". */
  readonly prefix: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

/** Retries after 5xx and 429 within `aws4fetch`, about half a second in all. */
const RETRIES = 3;
const TIMEOUT_MS = 60_000;

/** Blobs in a bucket, addressed by path, with Signature Version 4. */
export function createS3Blobs(options: S3Options, limits: BlobLimits = DEFAULT_LIMITS): BlobStore {
  const { accessKeyId, secretAccessKey, sessionToken, region, bucket, prefix } = options;
  const client = new AwsClient({
    accessKeyId,
    secretAccessKey,
    ...(sessionToken ? { sessionToken } : {}),
    service: "s3",
    region,
    retries: RETRIES,
  });
  const base = `${options.endpoint.replace(/\/+$/, "")}/${bucket}`;
  const place = `s3://${bucket}/${prefix}`;

  /** Rejects with "store-failed" unless the status is one of those expected. */
  async function send<Result>(
    what: string,
    url: string,
    init: RequestInit,
    expected: readonly number[],
    use: (response: Response) => Promise<Result>,
  ): Promise<Result> {
    try {
      const response = await client.fetch(url, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) });
      if (expected.includes(response.status)) return await use(response);
      const answer = await response.text();
      throw new Error(
        `${response.status} ${tagOf(answer, "Code") ?? ""} ${tagOf(answer, "Message") ?? ""}`.trim(),
      );
    } catch (cause) {
      throw blobFailure(place, what, cause);
    }
  }
  const urlOf = (key: string) => {
    checkKey(key);
    return `${base}/${prefix}${key}`;
  };

  const store: BlobStore = {
    place,
    async put(key, bytes) {
      const url = urlOf(key);
      checkSize(key, bytes, limits);
      const headers = {
        "content-type": "application/octet-stream",
        // Signed, so that the storage refuses what was damaged on the way.
        "x-amz-content-sha256": createHash("sha256").update(bytes).digest("hex"),
      };
      await send("Writing", url, { method: "PUT", body: bytes as BodyInit, headers }, [200], async () => {});
    },
    async get(key) {
      return send("Reading", urlOf(key), {}, [200, 404], async (response) => {
        if (response.status === 404) return missing(await response.text());
        return new Uint8Array(await response.arrayBuffer());
      });
    },
    async stat(key) {
      return send("Reading", urlOf(key), { method: "HEAD" }, [200, 404], async ({ status, headers }) => {
        if (status === 404) return null;
        const modified = new Date(headers.get("last-modified") ?? 0);
        return { key, size: Number(headers.get("content-length")), modified };
      });
    },
    async *list(within = "") {
      let token: string | undefined;
      do {
        const query = new URLSearchParams({
          "list-type": "2",
          "encoding-type": "url",
          prefix: prefix + within,
        });
        if (token) query.set("continuation-token", token);
        const xml = await send("Listing", `${base}?${query}`, {}, [200], (response) => response.text());
        for (const [, contents] of xml.matchAll(/<Contents>([\s\S]*?)<\/Contents>/g))
          yield readContents(contents!, prefix);
        token = tagOf(xml, "IsTruncated") === "true" ? tagOf(xml, "NextContinuationToken") : undefined;
      } while (token);
    },
    async touch(key) {
      // A copy onto itself has a new time with Amazon, and keeps its old one with others: the bytes are sent again.
      const bytes = await store.get(key);
      if (bytes) await store.put(key, bytes);
    },
    async delete(key) {
      await send("Deleting", urlOf(key), { method: "DELETE" }, [200, 204, 404], async () => {});
    },
  };
  return store;
}

/** A missing key is an answer, a missing bucket a failure. */
function missing(answer: string): null {
  if (tagOf(answer, "Code") === "NoSuchBucket") throw new Error("there is no such bucket");
  return null;
}

function readContents(xml: string, prefix: string): BlobInfo {
  const key = decodeURIComponent((tagOf(xml, "Key") ?? "").replaceAll("+", " "));
  return {
    key: key.slice(prefix.length),
    size: Number(tagOf(xml, "Size")),
    modified: new Date(tagOf(xml, "LastModified") ?? 0),
  };
}

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function tagOf(xml: string, name: string): string | undefined {
  const text = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
  return text?.replace(/&(\w+);/g, (whole, entity: string) => ENTITIES[entity] ?? whole);
}
