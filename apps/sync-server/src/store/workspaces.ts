import { asc, eq } from "drizzle-orm";
import { createClass } from "./classes.ts";
import { newSecret } from "./ids.ts";
import { createImage } from "./images.ts";
import { type ProjectRow, toProjectRow } from "./rows.ts";
import { project, setting, workspace } from "./schema.ts";
import type { Database } from "./store.ts";

export const DEFAULT_WORKSPACE = "default";
export const DEFAULT_PROJECT = "default";

/** Okabe and Ito's palette, readable with every kind of colour blindness, brightened for dark images. */
const FIRST_CLASSES = [
  ["Nucleus", "#56b4e9", "A nucleus in interphase, outlined along its edge"],
  ["Cell", "#009e73", "A whole cell, outlined along its membrane"],
  ["Mitosis", "#e69f00", "A dividing nucleus, from prophase to telophase"],
  ["Debris", "#cc79a7", "Fragments, dust and dead cells"],
  ["Artefact", "#f0e442", "Folds, bubbles, out-of-focus regions"],
  ["Ignore*", "#a6a6a6", "No object: examples of what is not meant"],
] as const;

export async function listProjects(db: Database): Promise<ProjectRow[]> {
  const rows = await db.select().from(project).orderBy(asc(project.createdAt), asc(project.id));
  return rows.map(toProjectRow);
}

/** What the first start makes: one workspace, one project with classes, the demo slide and a demo of depth and time. */
export async function ensureDefaults(db: Database): Promise<void> {
  const [existing] = await db.select().from(workspace).where(eq(workspace.id, DEFAULT_WORKSPACE)).limit(1);
  if (existing) return;
  await db.transaction(async (tx) => {
    await tx.insert(workspace).values({ id: DEFAULT_WORKSPACE, name: "Workspace" });
    await tx
      .insert(project)
      .values({ id: DEFAULT_PROJECT, workspaceId: DEFAULT_WORKSPACE, name: "First project" });
    for (const [name, color, description] of FIRST_CLASSES)
      await createClass(tx, { projectId: DEFAULT_PROJECT, name, color, description });
    await createImage(tx, {
      id: "demo",
      projectId: DEFAULT_PROJECT,
      name: "Demo slide",
      url: "/demo/slide.zarr",
      source: "demo",
    });
    await createImage(tx, {
      id: "demo-culture",
      projectId: DEFAULT_PROJECT,
      name: "Living culture",
      url: "/demo/stack.zarr",
      source: "demo",
    });
  });
}

/** The secret that turns a stranger into a guest when the server can be reached from other machines. */
export async function ensureJoinKey(db: Database): Promise<string> {
  await db.insert(setting).values({ key: "join-key", value: newSecret() }).onConflictDoNothing();
  const [row] = await db.select().from(setting).where(eq(setting.key, "join-key")).limit(1);
  return row!.value as string;
}
