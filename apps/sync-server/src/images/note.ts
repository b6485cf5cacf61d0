import { readFile, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";

/**
 * What a new image is called, from the moment its folder is there until its row is: then the note is removed. The folder itself is
 * called by the image's id, as names of files may name a patient.
 */
export interface FolderNote {
  readonly name: string;
  /** The upload it is made of, which registers it; null for those of the command line, which are found by a scan. */
  readonly importId: string | null;
}

const NOTE = ".import.json";
const FOLDER = /^([0-9a-z]{16})\.zarr$/;

export const folderNameOf = (imageId: string): string => `${imageId}.zarr`;

/** The id of the image for which a folder was made; null for folders that came otherwise, or of earlier versions. */
export const imageIdOf = (folder: string): string | null => FOLDER.exec(basename(folder))?.[1] ?? null;

export function writeNote(folder: string, note: FolderNote): Promise<void> {
  return writeFile(join(folder, NOTE), JSON.stringify(note));
}

export async function readNote(folder: string): Promise<FolderNote | null> {
  const text = await readFile(join(folder, NOTE), "utf8").catch(() => null);
  if (text === null) return null;
  try {
    const { name, importId } = JSON.parse(text) as Partial<FolderNote>;
    return {
      name: typeof name === "string" ? name : "",
      importId: typeof importId === "string" ? importId : null,
    };
  } catch {
    return null;
  }
}

export function removeNote(folder: string): Promise<void> {
  return rm(join(folder, NOTE), { force: true });
}
