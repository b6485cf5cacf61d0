import { type Logger, pino } from "pino";
import prettyStream from "pino-pretty";
import type { LogLevel } from "./config.ts";

/** JSON lines on standard error, readable ones on a terminal. Nothing that is logged may hold a token. */
export function createLog(level: LogLevel): Logger {
  const options = { level, base: null };
  if (!process.stderr.isTTY) return pino(options, pino.destination({ dest: 2, sync: true }));
  return pino(options, prettyStream({ destination: 2, sync: true, translateTime: "SYS:HH:MM:ss" }));
}
