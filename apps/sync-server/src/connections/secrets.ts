import { AwsV4Signer } from "aws4fetch";

/** What a connection keeps to itself. */
export type ConnectionSecret =
  | { readonly kind: "headers"; readonly headers: Readonly<Record<string, string>> }
  | {
      readonly kind: "s3";
      readonly accessKeyId: string;
      readonly secretAccessKey: string;
      readonly sessionToken?: string | undefined;
      /** Left out: taken from the host's name, or us-east-1. */
      readonly region?: string | undefined;
    };

/** SHA-256 of nothing: reading sends no body, and some servers want that signed. */
const EMPTY_SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/** The headers with which a secret is used for one request. */
export async function headersOf(
  secret: ConnectionSecret,
  url: URL,
  method: string,
): Promise<Readonly<Record<string, string>>> {
  if (secret.kind === "headers") return secret.headers;
  const { accessKeyId, secretAccessKey, sessionToken, region } = secret;
  const signed = new URL(url);
  // The signer takes a plus sign for a space.
  signed.pathname = signed.pathname.replaceAll("+", "%2B");
  const { headers } = await new AwsV4Signer({
    method,
    url: signed.href,
    headers: { "X-Amz-Content-Sha256": EMPTY_SHA256 },
    accessKeyId,
    secretAccessKey,
    service: "s3",
    ...(sessionToken ? { sessionToken } : {}),
    ...(region ? { region } : {}),
  }).sign();
  return Object.fromEntries(headers);
}
