import { createHash, createHmac } from "node:crypto";
import type { IncomingMessage } from "node:http";

/** Amazon's Signature Version 4 as an S3 server checks it; written from its documentation, not from a signer's code. */

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const hmac = (key: string | Buffer, text: string) => createHmac("sha256", key).update(text).digest();

const encode = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

/** null when the request is signed with the secret, else the S3 code of the refusal. */
export function refusalOf(
  request: IncomingMessage,
  { accessKeyId, secretAccessKey }: { accessKeyId: string; secretAccessKey: string },
): string | null {
  const match =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/.exec(
      request.headers.authorization ?? "",
    );
  if (!match) return "AccessDenied";
  const [, key, date, region, signedHeaders, signature] = match as unknown as string[];
  if (key !== accessKeyId) return "InvalidAccessKeyId";
  const time = String(request.headers["x-amz-date"]);
  const url = new URL(request.url!, "http://s3");
  const names = signedHeaders!.split(";");
  const path = url.pathname.split("/").map(decodeURIComponent).map(encode).join("/");
  const query = [...url.searchParams]
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join("&");
  const canonical = [
    request.method,
    path,
    query,
    ...names.map(
      (name) =>
        `${name}:${String(request.headers[name] ?? "")
          .trim()
          .replace(/ +/g, " ")}`,
    ),
    "",
    signedHeaders,
    request.headers["x-amz-content-sha256"],
  ].join("\n");
  const scope = `${date}/${region}/s3/aws4_request`;
  const toSign = ["AWS4-HMAC-SHA256", time, scope, sha256(canonical)].join("\n");
  const signingKey = ["s3", "aws4_request"].reduce(
    (previous, part) => hmac(previous, part),
    hmac(hmac(`AWS4${secretAccessKey}`, date!), region!),
  );
  return hmac(signingKey, toSign).toString("hex") === signature ? null : "SignatureDoesNotMatch";
}
