import { join } from "node:path";
import { ServerError } from "../errors.ts";
import type { BlobStore } from "./blob-store.ts";
import { createFileBlobs } from "./file-blobs.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** The folder of blobs in a data folder. */
export const blobsDir = (dataDir: string) => join(dataDir, "blobs");

/**
 * Where this Coscope keeps blobs: the data folder, or the bucket that COSCOPE_BLOBS names (`s3://bucket/prefix`),
 * with the credentials and the endpoint in the environment variables that S3 tools share.
 * Throws ServerError "bad-argument".
 */
export async function openBlobs(dataDir: string, env: Environment): Promise<BlobStore> {
  const address = env["COSCOPE_BLOBS"];
  if (!address) return createFileBlobs(blobsDir(dataDir));
  const named = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,62})(?:\/([A-Za-z0-9._/-]*))?$/.exec(address);
  if (!named) throw bad(`COSCOPE_BLOBS expects s3://bucket or s3://bucket/prefix, got "${address}".`);
  const accessKeyId = env["AWS_ACCESS_KEY_ID"];
  const secretAccessKey = env["AWS_SECRET_ACCESS_KEY"];
  if (!accessKeyId || !secretAccessKey)
    throw bad("COSCOPE_BLOBS needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.");
  const region = env["AWS_REGION"] ?? env["AWS_DEFAULT_REGION"] ?? "us-east-1";
  const folder = (named[2] ?? "").replace(/^\/+|\/+$/g, "");
  // Loaded when asked for: most keep blobs in files.
  const { createS3Blobs } = await import("./s3-blobs.ts");
  return createS3Blobs({
    endpoint: env["AWS_ENDPOINT_URL_S3"] ?? env["AWS_ENDPOINT_URL"] ?? `https://s3.${region}.amazonaws.com`,
    region,
    bucket: named[1]!,
    prefix: folder === "" ? "" : `${folder}/`,
    accessKeyId,
    secretAccessKey,
    sessionToken: env["AWS_SESSION_TOKEN"],
  });
}

function bad(message: string): ServerError {
  return new ServerError("bad-argument", message, {
    next: "See docs/operations.md, Install; unset COSCOPE_BLOBS to keep them in the data folder.",
  });
}
