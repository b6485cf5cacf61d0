import { inspect, isSourceError } from "@coscope/viewer/source";
import { FileStore } from "@tus/file-store";
import { Server, type ServerOptions } from "@tus/server";
import type { Actor } from "../access/can.ts";
import { ServerError } from "../errors.ts";
import { treeUrl } from "../images/import/tree-fetch.ts";
import { newId } from "../store/ids.ts";
import type { Imports } from "./imports.ts";
import { inWords, MAX_PENDING, refusalFor, type UploadLimits } from "./limits.ts";

export const UPLOADS_PATH = "/api/uploads";

interface TusOptions {
  readonly imports: Imports;
  readonly limits: UploadLimits;
  /** Throws unless the actor may add images there; resolves to the project's id. */
  project(actor: Actor, projectId: string | null): Promise<string>;
}

type TusRequest = Parameters<NonNullable<ServerOptions["onUploadCreate"]>>[0];
type TusUpload = Parameters<NonNullable<ServerOptions["onUploadCreate"]>>[1];

/** Refusals of ours, as tus carries them: the body that every other route has. */
const refusal = ({ status, code, message, next }: ServerError) => ({
  status_code: status,
  body: JSON.stringify({ error: { code, message, ...(next && { next }) } }),
});

/**
 * tus 1.0 (creation, termination): an upload is begun with POST, added to with PATCH, asked for with HEAD after a break, and taken back with DELETE. Metadata: `filename`, and if wanted
 * `projectId`, `sha256` (hex, of the whole), `keepMetadata`, `withAssociated`. Only who began an upload can see it.
 */
export function createTus({ imports, limits, project }: TusOptions) {
  const actors = new WeakMap<object, Actor>();

  async function begin(request: TusRequest, upload: TusUpload): Promise<void> {
    const actor = actors.get(request);
    const userId = actor?.user?.id;
    if (!actor || !userId) throw new ServerError("unauthenticated", "This needs a session.");
    const { size: bytes, metadata } = upload;
    if (bytes === undefined || !Number.isSafeInteger(bytes) || bytes < 1)
      throw new ServerError(
        "bad-request",
        "Expected Upload-Length, the number of bytes, and at least one byte.",
        {
          next: "An empty file is no image.",
        },
      );
    const projectId = await project(actor, metadata?.["projectId"] ?? null);
    const name = cleanName(metadata?.["filename"] ?? "");
    await refuseUnread(name);
    const sha256 = metadata?.["sha256"]?.toLowerCase() ?? null;
    if (sha256 !== null && !/^[0-9a-f]{64}$/.test(sha256))
      throw new ServerError("bad-request", "sha256 expects 64 hexadecimal digits.");
    if (imports.pending(userId) >= MAX_PENDING)
      throw new ServerError("too-many-requests", `More than ${MAX_PENDING} files are on their way.`, {
        next: "Wait until some are ready, or drop the folder that holds them.",
      });
    const refused = await refusalFor(imports.dir, bytes, await imports.held(userId), limits);
    if (refused) {
      const room = `${inWords(bytes)}, and there is room for ${inWords(refused.left)}`;
      const whose = refused.code === "user-quota" ? " of yours" : "";
      throw new ServerError("too-large", `${name} has ${room} more${whose}.`, {
        next:
          refused.code === "disk-full"
            ? "Whoever runs this server has to free some disk space."
            : "Ask whoever runs this server for more room (--upload-quota, --user-quota).",
      });
    }
    await imports.add({
      ...{ id: upload.id, userId, projectId, name, bytes, sha256 },
      keepMetadata: isYes(metadata?.["keepMetadata"]),
      withAssociated: isYes(metadata?.["withAssociated"]),
      createdAt: new Date().toISOString(),
      ...{ state: "uploading", progress: 0, images: [], error: null, failures: [], endedAt: null },
    });
  }

  const server = new Server({
    path: UPLOADS_PATH,
    datastore: new FileStore({ directory: imports.dir }),
    relativeLocation: true,
    allowedOrigins: [],
    namingFunction: () => newId(),
    async onUploadCreate(request, upload) {
      try {
        await begin(request, upload);
      } catch (error) {
        throw error instanceof ServerError ? refusal(error) : error;
      }
      return {};
    },
    async onUploadFinish(_request, upload) {
      await imports.arrived(upload.id);
      return {};
    },
    onResponseError(_request, error) {
      // Those of tus itself are one line of text.
      if (!("body" in error)) return undefined;
      const { status_code, body } = error;
      if (body.startsWith("{")) return undefined;
      const code = status_code === 404 || status_code === 410 ? "not-found" : "bad-request";
      return { status_code, body: JSON.stringify({ error: { code, message: body.trim() } }) };
    },
  });

  return {
    async handle(request: Request, actor: Actor): Promise<Response> {
      actors.set(request, actor);
      const id = new URL(request.url).pathname.slice(UPLOADS_PATH.length + 1);
      if (id !== "") {
        const record = imports.get(id);
        // Somebody else's is as if it were not there.
        if (!record || record.userId !== actor.user?.id)
          return new Response(null, { status: 404, headers: TUS });
        if (request.method === "DELETE") {
          await imports.cancel(id);
          return new Response(null, { status: 204, headers: TUS });
        }
        if (record.state !== "uploading") {
          // All is here: a sender whose last answer was lost asks how far it is.
          const headers = { ...TUS, "Upload-Offset": `${record.bytes}`, "Upload-Length": `${record.bytes}` };
          const gone = record.state === "failed" || record.state === "cancelled";
          return new Response(null, { status: gone ? 410 : 200, headers });
        }
      }
      return (await server.handleWeb(request)) as Response;
    },
  };
}

const TUS = { "Tus-Resumable": "1.0.0", "Cache-Control": "no-store" };
const isYes = (value: string | null | undefined): boolean => value === "1" || value === "true";

/** The last part of a path, without what a terminal or a file system could take amiss. */
function cleanName(given: string): string {
  const last = given.split(/[/\\]/).filter(Boolean).at(-1) ?? "";
  const name = last.normalize("NFC").replace(/\p{C}/gu, "").trim().slice(0, 200);
  if (name === "" || name === "." || name === "..")
    throw new ServerError("bad-request", "Expected a file name in Upload-Metadata (`filename`).");
  return name;
}

/** Formats that are known and not read are refused before their bytes come. */
async function refuseUnread(name: string): Promise<void> {
  const nothing: typeof fetch = async () => new Response(null, { status: 404 });
  try {
    await inspect(treeUrl(name), { fetch: nothing });
  } catch (error) {
    if (!isSourceError(error, "unsupported")) return;
    throw new ServerError("unsupported-image", `${name}: ${error.got} files are not read here.`, {
      next: error.next,
    });
  }
}
