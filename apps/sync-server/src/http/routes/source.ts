import { setTimeout as wait } from "node:timers/promises";
import type { Context } from "hono";
import { createPacer } from "../../bucket.ts";
import { isServerError, ServerError } from "../../errors.ts";
import { createLanes } from "../../fetch/lanes.ts";
import type { Looks } from "../../images/looks.ts";
import { type Origin, originOf, partOf } from "../../images/origin.ts";
import { locateImage } from "../../store/locate.ts";
import { notFound } from "../../store/rows.ts";
import { type App, authorize, createRoutes, type Env, type Services, signedIn } from "../context.ts";
import { sourceHeaders, statusOf } from "../source-answer.ts";

const ROUTE = /^\/api\/(images|looks)\/([A-Za-z0-9_-]{1,40})\/source(?:\/(.*))?$/;
/** Asked for by the hundred; who sees an image and where it is changes rarely. */
const CACHE_MS = 5_000;
const CACHE_ENTRIES = 1_000;

/** As many as a browser asks one host for at once, twice. */
const LANES = { perPerson: 12, total: 128, waiting: 512 };
const BYTES_PER_SECOND = 64 * 2 ** 20;
const BURST_BYTES = 256 * 2 ** 20;
const MAX_BYTES = 512 * 2 ** 20;
/** A person on a slow line may take long; the connection is given up earlier when nothing moves. */
const TOTAL_MS = 10 * 60_000;

/** What of a request is told to the other server. */
const PASSED_ON = ["range", "if-range", "if-none-match", "if-modified-since"];
const ONE_RANGE = /^bytes=(\d+-\d*|-\d+)$/;

interface Place {
  readonly origin: Origin | null;
  readonly workspaceId: string;
  readonly until: number;
}

/**
 * `/api/images/<id>/source/…`: parts of images with `via: "server"`, fetched for whoever may view the image.
 * `/api/looks/<id>/source/…`: the same of an address that was looked at and not added yet, for who looked.
 */
export function sourceRoutes({ db, guard, connections, metrics }: Services, looks: Looks): App {
  const app = createRoutes();
  const lanes = createLanes(LANES);
  const pace = createPacer(BYTES_PER_SECOND, BURST_BYTES);
  const places = new Map<string, Place>();

  async function placeOf(id: string): Promise<Place> {
    const cached = places.get(id);
    if (cached && cached.until > Date.now()) return cached;
    places.delete(id);
    const { row, address, workspaceId } = await locateImage(db, id);
    const origin = row.via === "server" ? originOf(address) : null;
    const place = { origin, workspaceId, until: Date.now() + CACHE_MS };
    if (places.size >= CACHE_ENTRIES) places.delete(places.keys().next().value!);
    places.set(id, place);
    return place;
  }

  async function serve(c: Context<Env>): Promise<Response> {
    const { pathname } = new URL(c.req.url);
    const [, what, id = "", rest = ""] = ROUTE.exec(pathname) ?? [];
    const place = what === "looks" ? looks.find(id, signedIn(c).user.id) : await placeOf(id);
    if (!place) {
      throw new ServerError("bad-request", "This look at an address is over.", { next: "Look at it again." });
    }
    const { origin, workspaceId } = place;
    authorize(c, "view", { kind: "image", workspaceId });
    const part = origin && partOf(origin, rest);
    if (!part) throw notFound("file", pathname);

    const { signal } = c.req.raw;
    const person = signedIn(c).user.id;
    const leave = await lanes.enter(person, signal);
    try {
      const asked = askedHeaders(c);
      const answer = await guard.fetch(part, {
        method: c.req.raw.method === "HEAD" ? "HEAD" : "GET",
        headers: asked,
        credentials: connections.credentialsFor(workspaceId),
        maxBytes: MAX_BYTES,
        totalMs: TOTAL_MS,
        signal,
      });
      const status = await statusOf(answer, part.host);
      metrics.fetched.inc({ outcome: status });
      const headers = sourceHeaders(answer, status, { path: part.pathname, range: "range" in asked });
      if (status === 404 || !answer.body) {
        await answer.body?.cancel();
        leave();
        return new Response(null, { status, headers });
      }
      return new Response(
        paced(answer.body, (bytes) => count(person, bytes), leave, signal),
        { status, headers },
      );
    } catch (error) {
      leave();
      if (isServerError(error)) metrics.fetched.inc({ outcome: error.code });
      throw error;
    }
  }

  function count(person: string, bytes: number): number {
    metrics.fetchedBytes.inc(bytes);
    return pace(person, bytes);
  }

  const paths = ["images", "looks"].flatMap((what) => [
    `/api/${what}/:id/source`,
    `/api/${what}/:id/source/*`,
  ]);
  app.on(["GET", "HEAD"], paths, async (c) => {
    try {
      return await serve(c);
    } catch (error) {
      // Readers take 403 for "nothing there": what the operator does not allow must not look like black pixels.
      if (isServerError(error, "host-not-allowed") || isServerError(error, "address-refused")) {
        const { code, message, next, details } = error;
        return c.json({ error: { code, message, next, ...details } }, 502);
      }
      if (isServerError(error, "too-many-requests")) c.header("Retry-After", "1");
      if (c.req.raw.signal.aborted) return new Response(null, { status: 499 });
      throw error;
    }
  });

  return app;
}

function askedHeaders(c: Context<Env>): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name of PASSED_ON) {
    const value = c.req.header(name);
    // Several ranges come back as one mixed answer; the whole file is as right.
    if (value !== undefined && (name !== "range" || ONE_RANGE.test(value))) headers[name] = value;
  }
  return headers;
}

/** Passes bytes on no faster than a person may have them; `leave` is called when the last one is through. */
function paced(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  pace: (bytes: number) => number,
  leave: () => void,
  signal: AbortSignal,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const reader = body.getReader();
  return new ReadableStream(
    {
      async pull(controller) {
        try {
          const { done, value } = await reader.read();
          if (done) {
            leave();
            return controller.close();
          }
          controller.enqueue(value);
          const ms = pace(value.byteLength);
          if (ms > 1) await wait(ms, null, { signal });
        } catch (error) {
          leave();
          await reader.cancel(error).catch(() => {});
          controller.error(error);
        }
      },
      cancel(reason) {
        leave();
        return reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}
