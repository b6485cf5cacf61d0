import { spawn } from "node:child_process";
import { networkInterfaces } from "node:os";
import { openBlobs } from "./blobs/open-blobs.ts";
import { type Config, isLoopback, readConfig, USAGE } from "./config.ts";
import { isServerError } from "./errors.ts";
import { createLog } from "./log.ts";
import { type RunningServer, startServer } from "./server.ts";

/** A second signal after this long is a person who does not want to wait. */
const IMPATIENT_MS = 1_500;

async function main(): Promise<void> {
  const config = readConfig(process.argv.slice(2), process.env, process.cwd());
  if (config === "help") return console.log(USAGE);
  const log = createLog(config.logLevel);
  // Hooks and handlers are wrapped; what slips through is a bug, and no reason to cut everybody off.
  process.on("unhandledRejection", (error) => log.error({ err: error }, "unhandled rejection"));

  const server = await startServer(config, {
    log,
    blobs: await openBlobs(config.dataDir, process.env),
    onTaken: () => process.exit(1),
  });
  announce(server, config);
  if (config.open && canOpenBrowser()) openBrowser(pageUrl(server.url, server.joinKey));

  let stoppingSince = 0;
  const stop = async (signal: NodeJS.Signals) => {
    if (stoppingSince > 0) {
      // A Ctrl-C arrives several times: from the terminal and from each script that started us. Asked again
      // later it means now: everything acknowledged is in the database already.
      if (Date.now() - stoppingSince > IMPATIENT_MS) process.exit(signal === "SIGINT" ? 130 : 143);
      return;
    }
    stoppingSince = Date.now();
    console.log("Stopping…");
    await server.close();
    process.exit(0);
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => void stop(signal));
}

function announce({ url, joinKey, port }: RunningServer, { host }: Config): void {
  const others = isLoopback(host)
    ? []
    : lanAddresses(host).map((name) => pageUrl(`http://${name}:${port}`, joinKey));
  const more = others.length > 0 ? ` and for colleagues at ${others.join(" ")}` : "";
  console.log(`Coscope is at ${pageUrl(url, joinKey)}${more}`);
}

/** The secret sits behind `#`, so that it reaches no log and no other site. */
function pageUrl(url: string, joinKey: string | null): string {
  return joinKey === null ? url : `${url}/#key=${joinKey}`;
}

function lanAddresses(host: string): string[] {
  if (host !== "0.0.0.0" && host !== "::") return [];
  return Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .filter((address) => address.family === "IPv4" && !address.internal)
    .map((address) => address.address);
}

function canOpenBrowser(): boolean {
  if (process.env["CI"] || process.env["SSH_CONNECTION"] || !process.stdout.isTTY) return false;
  if (process.platform === "darwin" || process.platform === "win32") return true;
  return Boolean(process.env["DISPLAY"] || process.env["WAYLAND_DISPLAY"]);
}

function openBrowser(url: string): void {
  const [command, ...args] =
    process.platform === "darwin"
      ? ["open", url]
      : process.platform === "win32"
        ? ["cmd", "/c", "start", "", url]
        : ["xdg-open", url];
  const child = spawn(command!, args, { stdio: "ignore", detached: true });
  child.on("error", () => {});
  child.unref();
}

main().catch((error) => {
  if (isServerError(error)) console.error([error.message, error.next].filter(Boolean).join("\n"));
  else console.error(error);
  process.exit(1);
});
