import { isIP } from "node:net";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import type { EncoderConfig } from "./encoder/config.ts";
import { isProvider, PROVIDERS } from "./encoder/messages.ts";
import { ServerError } from "./errors.ts";
import { createAllowList, splitPatterns } from "./fetch/allow-list.ts";
import type { AnnotationLimits } from "./sync/room-limits.ts";
import type { UploadLimits } from "./uploads/limits.ts";

export interface Config {
  /** TCP port; 0 takes a free one. */
  port: number;
  /** Address to bind. Anything but a loopback address asks strangers for the join key. */
  host: string;
  /** Absolute folder of everything that lasts: database, uploads, join key. */
  dataDir: string;
  /** Address of a PostgreSQL database; without one, rows are kept in the data folder. Holds a password. */
  databaseUrl?: string;
  /** Absolute folders searched for `*.zarr` at start. */
  imageDirs: readonly string[];
  /** Absolute folder of the built page; null serves the API only. */
  webDir: string | null;
  /** Hosts that the server may fetch images from for the page; see `fetch/allow-list.ts`. */
  proxyAllow: readonly string[];
  /** How much people may upload; what is left out has a sensible value. */
  uploads?: UploadLimits;
  /** How much annotations may take; what is left out has a sensible value. */
  annotations?: AnnotationLimits;
  /** How regions are encoded; what is left out has a sensible value. */
  encoder?: Partial<EncoderConfig>;
  /** Whether the page is isolated from other sites' pages, so that it may compute in threads; it is unless told. */
  isolated?: boolean;
  /** Open the page in a browser once ready. */
  open: boolean;
  logLevel: LogLevel;
}

const LOG_LEVELS = ["silent", "error", "warn", "info", "debug", "trace"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

const DEFAULT_PORT = 4747;

export const USAGE = `Usage: npm start -- [options]

  --port N        port to listen on (default ${DEFAULT_PORT}; 0 takes a free one)   COSCOPE_PORT
  --host H        address to bind (default 127.0.0.1; 0.0.0.0 for the network)  COSCOPE_HOST
  --data DIR      where everything is kept (default ./data)           COSCOPE_DATA_DIR
  --images DIR    folder whose *.zarr images are offered; may be repeated, and may be mounted later
  --allow-host H  server that images may be fetched from on behalf of the page, for those without
                  CORS and private ones; may be repeated. images.example.org, *.example.org,
                  minio.lab:9000, * for any public one                COSCOPE_PROXY_ALLOW
  --upload-quota GB    room for all uploads and images made of them
                       (default: all but a tenth of the disk)       COSCOPE_UPLOAD_QUOTA
  --user-quota GB      the same of one person (default: half of what is left)
                                                                    COSCOPE_USER_QUOTA
  --layer-quota GB     room for one layer as it is loaded (default 0.1)
                                                                    COSCOPE_LAYER_QUOTA
  --annotation-quota GB   room for all annotations with their history (default 100)
                                                                    COSCOPE_ANNOTATION_QUOTA
  --embeddings-cache GB   room for what networks said about regions, so that it is not computed
                       again (default 2)                            COSCOPE_EMBEDDINGS_CACHE
  --encoder-workers N  processes that compute it (default: half of the cores, 4 at most)
                                                                    COSCOPE_ENCODER_WORKERS
  --web DIR       built page to serve
  --no-open       do not open a browser
  --log LEVEL     ${LOG_LEVELS.join(", ")} (default info)           COSCOPE_LOG
  --help          this text

  COSCOPE_ENCODER_PROVIDER=cuda  computes it on an NVIDIA card: see docs/operations.md, Masks
  COSCOPE_ISOLATION=off      leaves the page's isolation headers out
  DATABASE_URL=postgres://…  keeps rows and annotations in PostgreSQL instead of the data folder`;

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the command line, then the environment, then defaults. Relative folders are relative to `cwd`.
 * Throws ServerError "bad-argument"; returns "help" when asked for it.
 */
export function readConfig(args: readonly string[], env: Environment, cwd: string): Config | "help" {
  const values = parse(args);
  if (values.help) return "help";
  const host = values.host ?? env["COSCOPE_HOST"] ?? "127.0.0.1";
  const databaseUrl = readDatabaseUrl(env);
  if (host === "") throw bad("--host", "an address or a name", host);
  return {
    port: readPort(values.port ?? env["COSCOPE_PORT"] ?? String(DEFAULT_PORT)),
    host,
    dataDir: resolve(cwd, values.data ?? env["COSCOPE_DATA_DIR"] ?? join(cwd, "data")),
    ...(databaseUrl ? { databaseUrl } : {}),
    imageDirs: (values.images ?? []).map((dir) => resolve(cwd, dir)),
    proxyAllow: readAllowed(values["allow-host"] ?? splitPatterns(env["COSCOPE_PROXY_ALLOW"])),
    uploads: {
      ...gigabytes("quotaBytes", "--upload-quota", values["upload-quota"] ?? env["COSCOPE_UPLOAD_QUOTA"]),
      ...gigabytes("userQuotaBytes", "--user-quota", values["user-quota"] ?? env["COSCOPE_USER_QUOTA"]),
    },
    annotations: {
      ...gigabytes("layerBytes", "--layer-quota", values["layer-quota"] ?? env["COSCOPE_LAYER_QUOTA"]),
      ...gigabytes(
        "totalBytes",
        "--annotation-quota",
        values["annotation-quota"] ?? env["COSCOPE_ANNOTATION_QUOTA"],
      ),
    },
    ...readEncoder(values, env),
    webDir: values.web === undefined ? null : resolve(cwd, values.web),
    open: !values["no-open"],
    logLevel: readLogLevel(values.log ?? env["COSCOPE_LOG"] ?? "info"),
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        port: { type: "string" },
        host: { type: "string" },
        data: { type: "string" },
        images: { type: "string", multiple: true },
        "allow-host": { type: "string", multiple: true },
        "upload-quota": { type: "string" },
        "user-quota": { type: "string" },
        "layer-quota": { type: "string" },
        "annotation-quota": { type: "string" },
        "embeddings-cache": { type: "string" },
        "encoder-workers": { type: "string" },
        web: { type: "string" },
        "no-open": { type: "boolean", default: false },
        log: { type: "string" },
        help: { type: "boolean", default: false },
      },
    }).values;
  } catch (cause) {
    throw new ServerError("bad-argument", (cause as Error).message, { next: USAGE, cause });
  }
}

/** Only from the environment: a command line can be read by everybody on the machine. */
export function readDatabaseUrl(env: Environment): string | undefined {
  const url = env["DATABASE_URL"];
  if (!url) return undefined;
  if (!/^postgres(ql)?:\/\//.test(url))
    throw new ServerError(
      "bad-argument",
      "DATABASE_URL expects postgres://user:password@host:5432/database.",
      {
        next: "Unset it to keep everything in the data folder.",
      },
    );
  return url;
}

function readPort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65535) throw bad("--port", "a number from 0 to 65535", text);
  return port;
}

function readAllowed(patterns: readonly string[]): readonly string[] {
  try {
    return createAllowList(patterns).patterns;
  } catch (error) {
    const { message, next } = error as ServerError;
    throw new ServerError("bad-argument", message, { next: `${next}\n\n${USAGE}` });
  }
}

/** Nothing where nothing is said: the defaults are the encoder's own. */
function readEncoder(
  values: { "embeddings-cache"?: string | undefined; "encoder-workers"?: string | undefined },
  env: Environment,
): Pick<Config, "encoder" | "isolated"> {
  const count = (key: "workers" | "threads", option: string, text: string | undefined) => {
    if (text === undefined || text === "") return {};
    const value = Number(text);
    if (!Number.isInteger(value) || value < 1 || value > 64) throw bad(option, "a number from 1 to 64", text);
    return { [key]: value };
  };
  const provider = env["COSCOPE_ENCODER_PROVIDER"] || undefined;
  if (provider !== undefined && !isProvider(provider))
    throw bad("COSCOPE_ENCODER_PROVIDER", PROVIDERS.join(" or "), provider);
  const isolation = env["COSCOPE_ISOLATION"] || undefined;
  if (isolation !== undefined && isolation !== "on" && isolation !== "off")
    throw bad("COSCOPE_ISOLATION", "on or off", isolation);
  const memory = gigabytes("memoryBytes", "COSCOPE_ENCODER_MEMORY", env["COSCOPE_ENCODER_MEMORY"]);
  const encoder = {
    ...gigabytes(
      "cacheBytes",
      "--embeddings-cache",
      values["embeddings-cache"] ?? env["COSCOPE_EMBEDDINGS_CACHE"],
    ),
    ...count("workers", "--encoder-workers", values["encoder-workers"] ?? env["COSCOPE_ENCODER_WORKERS"]),
    ...count("threads", "COSCOPE_ENCODER_THREADS", env["COSCOPE_ENCODER_THREADS"]),
    ...(provider ? { provider } : {}),
    ...memory,
  };
  return {
    ...(Object.keys(encoder).length > 0 ? { encoder } : {}),
    ...(isolation ? { isolated: isolation === "on" } : {}),
  };
}

function gigabytes<Key extends string>(key: Key, option: string, text: string | undefined) {
  if (text === undefined || text === "") return {};
  const value = Number(text);
  if (!(value >= 0 && value < 1e9)) throw bad(option, "gigabytes", text);
  return { [key]: value * 1e9 } as { [K in Key]: number };
}

function readLogLevel(text: string): LogLevel {
  const level = LOG_LEVELS.find((name) => name === text);
  if (!level) throw bad("--log", LOG_LEVELS.join(", "), text);
  return level;
}

function bad(option: string, expected: string, got: string): ServerError {
  return new ServerError("bad-argument", `${option} expects ${expected}, got "${got}".`, { next: USAGE });
}

/** True for addresses that only this machine can reach. */
export function isLoopback(host: string): boolean {
  if (host === "localhost" || host === "::1") return true;
  return isIP(host) === 4 && host.startsWith("127.");
}
