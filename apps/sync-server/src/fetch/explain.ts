import { isServerError, ServerError } from "../errors.ts";

/** Codes of Node's network errors after which asking again may help. */
const PASSING = new Set(["ECONNRESET", "EPIPE", "EAI_AGAIN", "ECONNABORTED"]);

const codeOf = (error: unknown): string => {
  const { code, errors } = error as { code?: unknown; errors?: unknown };
  if (typeof code === "string") return code;
  // Several addresses were tried.
  return Array.isArray(errors) && errors.length > 0 ? codeOf(errors[0]) : "";
};

/** A server that is silent is not among them: whoever waits has waited long enough. */
export function isPassing(error: unknown): boolean {
  return PASSING.has(codeOf(error));
}

/** A network failure as one of our errors. Says the host alone: an address may hold a secret in its query. */
export function explainFailure(error: unknown, host: string): ServerError {
  if (isServerError(error)) return error;
  const code = codeOf(error);
  const say = (message: string, next: string) =>
    new ServerError("upstream-unreachable", message, { next, cause: error });
  if (code === "ENOTFOUND" || code === "EAI_AGAIN" || code === "ENODATA") {
    return say(`No server is called ${host}.`, "Check the address.");
  }
  if (code === "ECONNREFUSED")
    return say(`${host} does not take connections.`, "Check the address and port.");
  if (/CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS|ERR_SSL|EPROTO/.test(code)) {
    return say(
      `${host} has no certificate that this server trusts (${code}).`,
      "With a certificate authority of your own, start Coscope with NODE_EXTRA_CA_CERTS=/path/to/ca.pem.",
    );
  }
  if (code.startsWith("HPE_")) {
    return new ServerError("upstream-failed", `${host} does not answer in HTTP.`, {
      next: "Check the address and port.",
      cause: error,
    });
  }
  return say(
    `${host} broke off the connection${code ? ` (${code})` : ""}.`,
    "Try again; if it stays so, ask whoever runs that server.",
  );
}

export function timedOut(host: string, ms: number): ServerError {
  return new ServerError("upstream-timeout", `${host} did not answer within ${Math.round(ms / 1000)} s.`, {
    next: "Try again; if it stays so, ask whoever runs that server.",
  });
}

export function tooLarge(host: string, limit: number): ServerError {
  return new ServerError(
    "upstream-too-large",
    `${host} sends more than ${Math.round(limit / 2 ** 20)} MiB at once.`,
    {
      next: "Images of this size are read in parts: use OME-Zarr, or a server that supports range requests.",
    },
  );
}
