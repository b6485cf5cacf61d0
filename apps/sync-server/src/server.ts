import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { getRequestListener } from "@hono/node-server";
import { sql } from "drizzle-orm";
import type { Logger } from "pino";
import { createOriginPolicy } from "./access/origin.ts";
import { createSessions } from "./access/sessions.ts";
import { mountOperator } from "./backup/operator.ts";
import type { BlobStore } from "./blobs/blob-store.ts";
import { createFileBlobs } from "./blobs/file-blobs.ts";
import { blobsDir } from "./blobs/open-blobs.ts";
import { type Config, isLoopback } from "./config.ts";
import { createConnections } from "./connections/connections.ts";
import { createVault } from "./connections/vault.ts";
import { createDemo } from "./demo-mount.ts";
import { encoderConfig } from "./encoder/config.ts";
import { createPixels } from "./encoder/pixels.ts";
import { createEncoderService, type EncoderService } from "./encoder/service.ts";
import { ServerError } from "./errors.ts";
import { createAllowList } from "./fetch/allow-list.ts";
import { createGuard } from "./fetch/guard.ts";
import type { Resolver } from "./fetch/guarded-fetch.ts";
import { keepHouse } from "./housekeeping.ts";
import { createApp } from "./http/app.ts";
import { mountPage } from "./http/page.ts";
import { checkLinkedFolders, createFolderScan } from "./images/folders.ts";
import { createOwnFiles } from "./images/own-files.ts";
import { mountImages } from "./images/serve.ts";
import { createLog } from "./log.ts";
import { createMetrics } from "./metrics.ts";
import { listDeletedFolders } from "./store/images.ts";
import { openStore, type Store } from "./store/store.ts";
import { ensureDefaults, ensureJoinKey } from "./store/workspaces.ts";
import { type CommitWrapper, createLive } from "./sync/live.ts";
import { createRoomLimits } from "./sync/room-limits.ts";
import { createUploads } from "./uploads/index.ts";
import { VERSION } from "./version.ts";

export interface RunningServer {
  /** Address to open on this machine, without the join key. */
  readonly url: string;
  readonly port: number;
  /** Secret of the join link; null when only this machine reaches the server. */
  readonly joinKey: string | null;
  /** For tests and tools that look at the database beside the running server. */
  readonly store: Store;
  /** For tests that end its processes. */
  readonly encoder: EncoderService;
  /** Stops listening, waits for what is being saved, closes sockets and the database. Idempotent. */
  close(): Promise<void>;
}

export interface ServerOptions {
  readonly log?: Logger;
  /** Wraps every commit of the log: tests let the database stall and fail here. */
  readonly aroundCommit?: CommitWrapper;
  /** Time between two signs of life on a WebSocket; left out, 20 s. */
  readonly keepaliveMs?: number;
  /** Names to IP addresses, for images that the server fetches; left out, as the system resolves them. */
  readonly resolver?: Resolver;
  /** Left out: files in the data folder. */
  readonly blobs?: BlobStore;
  /** Called after the server closed itself, because another one took the database over. */
  readonly onTaken?: () => void;
}

/**
 * Starts everything on one port and resolves when it takes requests. Throws ServerError "port-busy",
 * "address-unavailable", "data-busy" or "migration-failed" with the next step, leaving nothing open.
 */
export async function startServer(config: Config, options: ServerOptions = {}): Promise<RunningServer> {
  const store = await openStore(config, { log: options.log });
  try {
    return await serve(config, store, options);
  } catch (error) {
    await store.close();
    throw error;
  }
}

async function serve(
  config: Config,
  store: Store,
  {
    log = createLog(config.logLevel),
    blobs = createFileBlobs(blobsDir(config.dataDir)),
    aroundCommit,
    keepaliveMs,
    onTaken,
    resolver,
  }: ServerOptions,
): Promise<RunningServer> {
  const { db, documentLog } = store;
  await ensureDefaults(db);
  const joinKey = isLoopback(config.host) ? null : await ensureJoinKey(db);
  const metrics = createMetrics(() => documentLog.waiting);
  const sessions = createSessions(db);
  const stopHousekeeping = await keepHouse(store, sessions, log);
  const origins = createOriginPolicy(config.host);
  const live = createLive({
    db,
    documentLog,
    blobs,
    sessions,
    origins,
    log,
    metrics,
    limits: await createRoomLimits(db, config.annotations ?? {}, log),
    aroundCommit,
    keepaliveMs,
  });
  const guard = createGuard({
    allow: createAllowList(config.proxyAllow),
    ...(resolver ? { resolver } : {}),
  });
  const uploads = await createUploads({
    dataDir: config.dataDir,
    limits: config.uploads ?? {},
    db,
    live,
    log,
  });
  // After the uploads, which know whose some of the folders are.
  const imagesDir = join(config.dataDir, "images");
  await checkLinkedFolders(config.imageDirs, log);
  const refreshFolders = createFolderScan(
    db,
    { imagesDir, linkedDirs: config.imageDirs },
    {
      log,
      onNew: (row) => live.announceProject(row.projectId, { t: "rows", table: "image", op: "put", row }),
    },
  );
  await refreshFolders();
  const ownFiles = createOwnFiles(imagesDir, config.imageDirs, log);
  await ownFiles.collect(await listDeletedFolders(db));
  const demo = createDemo(log);
  const connections = createConnections(db, createVault(config.dataDir));
  const encoder = createEncoderService({
    config: encoderConfig(config.encoder),
    dataDir: config.dataDir,
    blobs,
    pixels: createPixels({ db, guard, connections, demo: demo.read }),
    metrics,
    log,
  });
  let operator: ReturnType<typeof mountOperator> | null = null;
  const app = createApp({
    services: {
      config,
      version: VERSION,
      db,
      sessions,
      origins,
      joinKey,
      live,
      guard,
      connections,
      encoder,
      ownFiles,
      metrics,
      log,
    },
    refreshFolders,
    ready: () =>
      db.execute(sql`select 1`).then(
        () => documentLog.isWritable(),
        () => false,
      ),
    mount: (routes) => {
      mountImages(routes, db);
      operator = mountOperator(routes, store);
      uploads.mount(routes);
      demo.mount(routes);
      if (config.webDir) mountPage(routes, config.webDir, { isolated: config.isolated ?? true });
    },
  });

  const http = createServer(getRequestListener(app.fetch));
  live.attach(http);
  const port = await listen(http, config).catch(async (error) => {
    await uploads.close();
    await encoder.close();
    throw error;
  });
  const url = `http://${urlHost(config.host)}:${port}`;
  const retire = operator!.announce(config.dataDir, url);

  let closed: Promise<void> | null = null;
  const server: RunningServer = {
    url,
    port,
    joinKey,
    store,
    encoder,
    close() {
      closed ??= (async () => {
        stopHousekeeping();
        retire();
        const stopped = new Promise((resolve) => http.close(resolve));
        await live.close();
        await encoder.close();
        await demo.close();
        await uploads.close();
        await ownFiles.close();
        guard.close();
        http.closeAllConnections();
        await stopped;
        await store.close();
      })();
      return closed;
    },
  };
  store.onTaken(() => {
    log.error("another Coscope took the database over; this one stops");
    void server.close().then(onTaken);
  });
  return server;
}

function listen(http: Server, { host, port }: Config): Promise<number> {
  return new Promise((resolve, reject) => {
    http.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE") {
        reject(
          new ServerError("port-busy", `Port ${port} is already in use.`, {
            next: `Perhaps Coscope already runs: open http://${urlHost(host)}:${port}. Otherwise choose another port with --port ${port + 1}, or a free one with --port 0.`,
            cause: error,
          }),
        );
      } else {
        reject(
          new ServerError("address-unavailable", `Cannot listen on ${host}:${port}: ${error.message}`, {
            next: "Check --host and --port; 127.0.0.1 and 0.0.0.0 always exist, ports below 1024 need rights.",
            cause: error,
          }),
        );
      }
    });
    http.listen(port, host, () => resolve((http.address() as AddressInfo).port));
  });
}

/** The name under which this machine reaches an address it is bound to. */
function urlHost(host: string): string {
  if (host === "0.0.0.0" || host === "::" || isLoopback(host)) return "localhost";
  return host.includes(":") ? `[${host}]` : host;
}
