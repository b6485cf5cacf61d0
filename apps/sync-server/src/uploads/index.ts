import { join } from "node:path";
import type { Logger } from "pino";
import { can } from "../access/can.ts";
import { ServerError } from "../errors.ts";
import { type App, type Live, signedIn } from "../http/context.ts";
import { registerFolder } from "../images/folders.ts";
import { findImageByFolder, getImage } from "../store/images.ts";
import { locateProject } from "../store/locate.ts";
import type { Database } from "../store/store.ts";
import { DEFAULT_PROJECT } from "../store/workspaces.ts";
import { createImports } from "./imports.ts";
import type { UploadLimits } from "./limits.ts";
import { importRoutes } from "./routes.ts";
import { createTus, UPLOADS_PATH } from "./tus.ts";

export interface UploadsOptions {
  readonly dataDir: string;
  readonly limits: UploadLimits;
  readonly db: Database;
  readonly live: Pick<Live, "announceProject">;
  readonly log: Logger;
}

/** Files that people drop on the page, until they are images. */
export async function createUploads({ dataDir, limits, db, live, log }: UploadsOptions) {
  const imports = await createImports({
    dir: join(dataDir, "uploads"),
    imagesDir: join(dataDir, "images"),
    limits,
    log,
    async register(folder, { name, projectId, userId }) {
      const row = await registered(db, folder, { name: name.slice(0, 200), projectId, createdBy: userId });
      live.announceProject(row.projectId, { t: "rows", table: "image", op: "put", row });
      log.info({ image: row.id, folder }, "image imported");
      return row.id;
    },
  });
  const tus = createTus({
    imports,
    limits,
    async project(actor, asked) {
      const { row, workspaceId } = await locateProject(db, asked ?? DEFAULT_PROJECT);
      if (can(actor, "manage-images", { kind: "project", workspaceId })) return row.id;
      throw new ServerError("forbidden", `${actor.user?.name ?? "Nobody"} may not add images here.`, {
        next: "Ask an owner of the workspace.",
      });
    },
  });
  return {
    mount(app: App): void {
      // HEAD comes as GET; files themselves are not given out.
      app.on(["POST", "PATCH", "DELETE", "GET", "OPTIONS"], [UPLOADS_PATH, `${UPLOADS_PATH}/:id`], (c) =>
        c.req.raw.method === "GET" ? c.notFound() : tus.handle(c.req.raw, signedIn(c)),
      );
      app.route("/", importRoutes(imports));
    },
    close: () => imports.close(),
  };
}

async function registered(
  db: Database,
  folder: string,
  fields: { name: string; projectId: string; createdBy: string },
) {
  const made = await registerFolder(db, folder, { ...fields, isImported: true });
  if (made) return made;
  // The server ended just after the row was made.
  const { id } = (await findImageByFolder(db, folder))!;
  return getImage(db, id);
}
