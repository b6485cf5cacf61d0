import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { createRoute } from "@hono/zod-openapi";
import type { Context } from "hono";
import { PURPOSES, type Purpose } from "../../encoder/queue.ts";
import { isServerError, ServerError } from "../../errors.ts";
import { locateImage } from "../../store/locate.ts";
import { DEFAULT_WORKSPACE } from "../../store/workspaces.ts";
import { type App, authorize, createRoutes, type Env, type Services, signedIn } from "../context.ts";
import { errors, json, SIGNED_IN } from "../describe.ts";
import {
  EmbeddingQuery,
  EncoderState,
  ModelFileParams,
  ModelFileQuery,
  ModelList,
  Statistics,
  StatisticsQuery,
} from "../encoder-schemas.ts";
import { findInside, serveFile } from "../files.ts";
import { ErrorBody, idParam } from "../schemas.ts";

const tags = ["Masks"];
const security = SIGNED_IN;
const unzip = promisify(gunzip);
const bytes = (description: string) => ({
  description,
  content: { "application/octet-stream": { schema: { type: "string", format: "binary" } as never } },
});
const failures = {
  ...errors(401, 403, 404, 429),
  422: json(ErrorBody, "No region, plane or channel of this image (`bad-region`)"),
  502: json(ErrorBody, "The server cannot read the image (`image-unreadable`, `upstream-…`)"),
  503: json(
    ErrorBody,
    "`encoder-unavailable`, `model-unavailable`, `encode-failed`, `encode-timeout`: `next` says what helps",
  ),
};

/** Networks, and what they say about regions of images: the encoder's half of an outline made by a click. */
export function encoderRoutes({ db, encoder }: Services): App {
  const app = createRoutes();

  app.openapi(
    createRoute({
      method: "get",
      path: "/api/models",
      tags,
      summary: "Networks that outline what is clicked",
      security,
      responses: { 200: json(ModelList, "All that are there, usable or not"), ...errors(401, 403) },
    }),
    async (c) => {
      authorize(c, "view", { kind: "workspace", workspaceId: DEFAULT_WORKSPACE });
      const models = await encoder.models.list();
      const list = models.map(({ id, manifest, json: asWritten, isDefault, why }) => ({
        id,
        name: manifest?.title ?? id,
        family: manifest?.family ?? null,
        default: isDefault,
        ready: manifest !== null,
        ...(why === null ? {} : { why }),
        licence: manifest?.license ?? null,
        encoder: manifest && { bytes: manifest.encoder.bytes, sha256: manifest.encoder.sha256 },
        decoder: manifest && { bytes: manifest.decoder.bytes, sha256: manifest.decoder.sha256 },
        manifest: asWritten,
      }));
      return c.json(list as never, 200);
    },
  );

  app.openapi(
    createRoute({
      method: "get",
      path: "/api/models/{id}/files/{file}",
      tags,
      summary: "A network's weights",
      description: "`decoder.onnx`, which the page runs; `encoder.onnx`, which it runs in private mode.",
      security,
      request: { params: ModelFileParams, query: ModelFileQuery },
      responses: {
        200: bytes("ONNX; the ETag is its SHA-256"),
        304: { description: "Not changed" },
        ...errors(401, 403, 404),
        503: json(ErrorBody, "The model cannot be used (`model-unavailable`)"),
      },
    }),
    async (c) => {
      authorize(c, "view", { kind: "workspace", workspaceId: DEFAULT_WORKSPACE });
      const { id, file } = c.req.valid("param");
      const { folder, manifest } = await encoder.models.get(id);
      const entry = manifest[file === "encoder.onnx" ? "encoder" : "decoder"];
      const found = await findInside(folder, entry.file);
      if (!found) throw new ServerError("not-found", `${file} of ${id} is gone.`);
      const response = serveFile(c.req.raw, found, {
        type: "application/octet-stream",
        // A model may be replaced under its name: only who says which one is meant may keep it.
        cacheControl:
          c.req.valid("query").sha256 === entry.sha256
            ? "private, max-age=31536000, immutable"
            : "private, no-cache",
        etag: `"${entry.sha256}"`,
      });
      return response as never;
    },
  );

  app.openapi(
    createRoute({
      method: "get",
      path: "/api/images/{id}/embeddings",
      tags,
      summary: "What a network says about a region",
      description:
        "Regions lie on a grid of 1024² px of a level that overlap by half; `scale` is level px a px of the image. Normalised by fixed statistics of the image, so that all who look at one place with the same channels share one answer. Held open while it waits; closing the request gives it up. `x-coscope-encode` says whether it was `cached`, `joined` (somebody else waits for it too) or `encoded`.",
      security,
      request: { params: idParam("image", "demo"), query: EmbeddingQuery },
      responses: {
        200: bytes("Packed embedding; the ETag is its key"),
        304: { description: "The caller has this one" },
        ...failures,
      },
    }),
    (c) => told(c, () => embedding(c, c.req.valid("param").id, c.req.valid("query"))) as never,
  );

  async function embedding(c: Context<Env>, imageId: string, query: Record<string, string | undefined>) {
    const { workspaceId } = await locateImage(db, imageId);
    authorize(c, "view", { kind: "image", workspaceId });
    const purpose = (query["for"] ?? "click") as Purpose;
    if (!PURPOSES.includes(purpose)) throw bad("for", PURPOSES.join(", "), query["for"]);
    const knownKey = /^(?:W\/)?"([0-9a-f]{64})"$/.exec(c.req.header("if-none-match") ?? "")?.[1];
    const {
      key,
      bytes: packed,
      how,
    } = await encoder.embedding({
      imageId,
      ...(query["model"] ? { model: query["model"] } : {}),
      scale: number(query, "scale", 1),
      x: number(query, "x"),
      y: number(query, "y"),
      z: number(query, "z", 0),
      t: number(query, "t", 0),
      channels: channelList(query["channels"]),
      purpose,
      userId: signedIn(c).user.id,
      signal: c.req.raw.signal,
      ...(knownKey ? { knownKey } : {}),
    });
    const headers: Record<string, string> = {
      ETag: `"${key}"`,
      "x-coscope-encode": how,
      "Cache-Control": "private, no-cache",
      Vary: "Accept-Encoding",
    };
    if (packed === null) return new Response(null, { status: 304, headers });
    headers["Content-Type"] = "application/octet-stream";
    if (/\bgzip\b/.test(c.req.header("accept-encoding") ?? "")) {
      headers["Content-Encoding"] = "gzip";
      return new Response(packed as Uint8Array<ArrayBuffer>, { headers });
    }
    return new Response(new Uint8Array(await unzip(packed)), { headers });
  }

  app.openapi(
    createRoute({
      method: "get",
      path: "/api/images/{id}/statistics",
      tags,
      summary: "The fixed ranges that regions are normalised by",
      description:
        "The values of each channel that become 0 and 1. The same for everybody, whatever they look at.",
      security,
      request: { params: idParam("image", "demo"), query: StatisticsQuery },
      responses: { 200: json(Statistics, "The ranges"), ...failures },
    }),
    (c) =>
      told(c, async () => {
        const { id } = c.req.valid("param");
        const { workspaceId } = await locateImage(db, id);
        authorize(c, "view", { kind: "image", workspaceId });
        const { channels, model } = c.req.valid("query");
        const statistics = await encoder.statistics({
          imageId: id,
          channels: channelList(channels),
          userId: signedIn(c).user.id,
          ...(model ? { model } : {}),
        });
        return c.json(statistics as never, 200);
      }) as never,
  );

  app.openapi(
    createRoute({
      method: "get",
      path: "/api/encoder",
      tags,
      summary: "How much waits to be encoded",
      security,
      responses: { 200: json(EncoderState, "The queue, and the caller's place in it"), ...errors(401, 403) },
    }),
    (c) => {
      authorize(c, "view", { kind: "workspace", workspaceId: DEFAULT_WORKSPACE });
      return c.json(encoder.state(signedIn(c).user.id) as never, 200);
    },
  );

  return app;
}

async function told(c: Context<Env>, answer: () => Promise<Response>): Promise<Response> {
  try {
    return await answer();
  } catch (error) {
    if (c.req.raw.signal.aborted) return new Response(null, { status: 499 });
    if (isServerError(error) && (error.status === 429 || error.status === 503)) c.header("Retry-After", "1");
    throw error;
  }
}

function number(query: Record<string, string | undefined>, name: string, otherwise?: number): number {
  const text = query[name];
  if (text === undefined && otherwise !== undefined) return otherwise;
  const value = text?.trim() ? Number(text) : Number.NaN;
  if (!Number.isFinite(value) || Math.abs(value) > 2 ** 31) throw bad(name, "a number", text);
  return value;
}

function channelList(text: string | undefined): number[] {
  if (!text || !/^\d{1,6}(,\d{1,6}){0,63}$/.test(text)) throw bad("channels", "indexes such as 0,2", text);
  return text.split(",").map(Number);
}

const bad = (name: string, expected: string, got: string | undefined) =>
  new ServerError("bad-region", `"${name}" expects ${expected}, got "${(got ?? "").slice(0, 80)}".`, {
    next: "See /api/docs for what a region is.",
  });
