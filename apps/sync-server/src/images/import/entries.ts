import { basename } from "node:path";
import { ImportError } from "./errors.ts";
import { deepZoomNames, type FileTree, fileTree, folderTree } from "./file-tree.ts";
import { PACK_MAGIC, packTree } from "./pack-tree.ts";
import { zipTree } from "./zip-tree.ts";

/** One thing in a tree that may be an image, or several. */
export interface Entry {
  /** Name in the tree: of a file, or of the folder of an OME-Zarr. */
  readonly name: string;
  readonly kind: "zarr" | "file";
}

/**
 * Opens what a path names: a folder, a zip archive, a pack, or any other file.
 * @param name what the file was called where it came from
 * @throws ImportError
 */
export async function openTree(path: string, isFolder: boolean, name = basename(path)): Promise<FileTree> {
  if (isFolder) return folderTree(path);
  const file = fileTree(path, name);
  const head = Buffer.from(await file.read(name, 0, 8));
  const inside = head.toString("latin1") === PACK_MAGIC ? packTree : isZip(head) ? zipTree : null;
  if (!inside) return file;
  await file.close();
  return inside(path, name);
}

const isZip = (head: Buffer): boolean => head.length >= 4 && head.toString("latin1", 0, 4) === "PK\x03\x04";

const MARK = /(^|\/)(zarr\.json|\.zattrs|\.zgroup)$/;
/** Beside images, and no images: not worth an error each. */
const BESIDE =
  /(^|\/)(\.[^/]*|__MACOSX\/.*|Thumbs\.db|desktop\.ini)$|\.(txt|md|csv|tsv|json|xml|log|html?|pdf|xlsx?|ini|ya?ml)$/i;
/**
 * What in a tree is to be imported: the topmost folders with Zarr metadata, Deep Zoom descriptions, and all other files but the tiles of
 * those, hidden ones and notes. A tree of one file is that file, whatever it is called.
 * @throws ImportError "nothing-to-import"
 */
export async function findEntries(tree: FileTree): Promise<Entry[]> {
  const names = await tree.list();
  if (names.length === 1 && !MARK.test(names[0]!)) return [{ name: names[0]!, kind: "file" }];
  const roots = zarrRoots(names);
  const inRoot = (name: string) => roots.some((root) => root === "" || name.startsWith(`${root}/`));
  const loose = names.filter((name) => !inRoot(name));
  const { descriptions, tiles } = deepZoom(loose);
  const isTile = (name: string) => tiles.some((folder) => name.startsWith(folder));
  const files = loose.filter((name) => descriptions.has(name) || (!isTile(name) && !BESIDE.test(name)));
  const entries: Entry[] = [
    ...roots.map((name): Entry => ({ name, kind: "zarr" })),
    ...files.map((name): Entry => ({ name, kind: "file" })),
  ];
  if (entries.length === 0)
    throw new ImportError(
      "nothing-to-import",
      names[0]?.split("/")[0] ?? "",
      "there is no image in there.",
      "Name image files, a folder that holds some, or an OME-Zarr folder.",
    );
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function zarrRoots(names: readonly string[]): string[] {
  const folders = new Set<string>();
  for (const name of names)
    if (MARK.test(name)) folders.add(name.includes("/") ? name.slice(0, name.lastIndexOf("/")) : "");
  return [...folders].filter((folder) => {
    for (let up = folder; up !== ""; ) {
      up = up.includes("/") ? up.slice(0, up.lastIndexOf("/")) : "";
      if (folders.has(up)) return false;
    }
    return true;
  });
}

/** Deep Zoom descriptions, and the folders of tiles that they describe. */
function deepZoom(names: readonly string[]): { descriptions: Set<string>; tiles: string[] } {
  const all = new Set(names);
  const descriptions = new Set<string>();
  const tiles = new Set<string>();
  for (const name of names) {
    // The outermost: a tile may lie in a folder that is called so too.
    const stem = /^(.*?)_files\//.exec(name)?.[1];
    if (stem === undefined || tiles.has(`${stem}_files/`)) continue;
    const description = deepZoomNames(stem).find((each) => all.has(each));
    if (description === undefined) continue;
    descriptions.add(description);
    tiles.add(`${stem}_files/`);
  }
  return { descriptions, tiles: [...tiles] };
}
