import type { Logger } from "pino";
import type { Metrics } from "../metrics.ts";
import { isOutage, outageOf } from "../store/outage.ts";

export type Guard = <Args extends unknown[], Result>(
  where: string,
  run: (...args: Args) => Result | Promise<Result>,
) => (...args: Args) => Promise<Result | undefined>;

/**
 * Wraps hooks and handlers: an error thrown in some of Hocuspocus' hooks ends the process, so nothing
 * unexpected may leave one. What is thrown on purpose is a `Refusal` and passes.
 */
export function createGuard(log: Logger, metrics: Metrics): Guard {
  return (where, run) =>
    async (...args) => {
      try {
        return await run(...args);
      } catch (error) {
        if (error instanceof Refusal) throw error;
        metrics.caught.inc({ where });
        if (isOutage(error)) outageOf(log).tell(error, where);
        else log.error({ err: error, where }, "caught at the edge");
        return undefined;
      }
    };
}

/** Thrown to Hocuspocus on purpose; it sends `reason` to the client. No Error, so that it logs nothing. */
export class Refusal {
  readonly reason: string;
  constructor(reason: string) {
    this.reason = reason;
  }
}
