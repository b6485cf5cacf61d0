import type { Dropped } from "./dropped.ts";

/** What is sent as one upload: a file, or several that belong together. */
export interface Parcel {
  readonly name: string;
  /** Paths begin with the name of the folder. */
  readonly files: readonly Dropped[];
  /** Sent as one pack, also if it is a single file of a folder. */
  readonly packed: boolean;
  readonly bytes: number;
}

export interface Parcels {
  readonly parcels: readonly Parcel[];
  /** Files that are no images: notes, hidden ones. */
  readonly leftOut: number;
}

const MARK = /(^|\/)(zarr\.json|\.zattrs|\.zgroup)$/;
const BESIDE =
  /(^|\/)(\.[^/]*|Thumbs\.db|desktop\.ini)$|\.(txt|md|csv|tsv|json|xml|log|html?|pdf|xlsx?|docx?|ini|ya?ml)$/i;
/** More loose images of one folder than this travel together: one request each would be slow. */
const MANY = 24;

const folderOf = (path: string): string => (path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : "");
const lastOf = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

/** Sorts what was dropped: OME-Zarr folders and Deep Zoom images with their tiles whole, all other files one by one. */
export function parcelsOf(files: readonly Dropped[]): Parcels {
  const only = files.length === 1 && files[0]!.path === lastOf(files[0]!.path) ? files[0]! : null;
  if (only) return { parcels: [single(only)], leftOut: 0 };
  const groups = [...zarrFolders(files), ...deepZooms(files)];
  const grouped = new Map<string, Dropped[]>(groups.map((group) => [group.key, []]));
  const loose: Dropped[] = [];
  for (const file of files) {
    const group = groups.find(({ has }) => has(file.path));
    if (group) grouped.get(group.key)!.push(file);
    else loose.push(file);
  }
  const parcels = groups.map(({ key, name }) => pack(name, folderOf(key), grouped.get(key)!));
  const images = loose.filter(({ path }) => !BESIDE.test(path));
  const byFolder = new Map<string, Dropped[]>();
  for (const file of images) {
    const top = file.path.includes("/") ? file.path.split("/")[0]! : "";
    byFolder.set(top, [...(byFolder.get(top) ?? []), file]);
  }
  for (const [folder, inside] of byFolder) {
    if (folder !== "" && inside.length > MANY) parcels.push(pack(folder, "", inside));
    else parcels.push(...inside.map(single));
  }
  return { parcels: parcels.filter(({ bytes }) => bytes > 0), leftOut: loose.length - images.length };
}

function single(file: Dropped): Parcel {
  return { name: lastOf(file.path), files: [file], packed: false, bytes: file.file.size };
}

/** Paths lose what stands above the folder that is sent. */
function pack(name: string, above: string, files: readonly Dropped[]): Parcel {
  const cut = above === "" ? 0 : above.length + 1;
  const inside = files.map(({ path, file }) => ({ path: path.slice(cut), file }));
  return { name, files: inside, packed: true, bytes: inside.reduce((sum, { file }) => sum + file.size, 0) };
}

interface Group {
  /** Path of the folder or description. */
  readonly key: string;
  readonly name: string;
  has(path: string): boolean;
}

/** The topmost folders that hold Zarr metadata. */
function zarrFolders(files: readonly Dropped[]): Group[] {
  const marked = new Set(files.filter(({ path }) => MARK.test(path)).map(({ path }) => folderOf(path)));
  marked.delete("");
  const inner = (folder: string) => {
    for (let up = folderOf(folder); up !== ""; up = folderOf(up)) if (marked.has(up)) return true;
    return false;
  };
  return [...marked]
    .filter((folder) => !inner(folder))
    .map((folder) => ({ key: folder, name: lastOf(folder), has: (path) => path.startsWith(`${folder}/`) }));
}

/** `x.dzi` with the folder `x_files`. */
function deepZooms(files: readonly Dropped[]): Group[] {
  const folders = new Set<string>();
  for (const { path } of files) {
    const stem = /^(.*?)_files\//.exec(path)?.[1];
    if (stem !== undefined) folders.add(stem);
  }
  return files.flatMap(({ path }) => {
    const stem = path.replace(/\.dzi(\.(xml|json))?$|\.(xml|json)$/i, "");
    if (stem === path || !folders.has(stem)) return [];
    return [
      { key: path, name: lastOf(path), has: (other) => other === path || other.startsWith(`${stem}_files/`) },
    ];
  });
}
