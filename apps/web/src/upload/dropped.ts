/** A file as it was dropped or chosen. */
export interface Dropped {
  /** With the folders that were dropped, parted by "/". */
  readonly path: string;
  readonly file: File;
}

/** Files of an `<input type="file">`, of folders too. */
export function chosen(files: FileList | null): Dropped[] {
  return Array.from(files ?? [], (file) => ({ path: file.webkitRelativePath || file.name, file }));
}

/** Everything that was dropped. Called while the event is handled: later the browser no longer gives it out. */
export async function dropped(transfer: DataTransfer): Promise<Dropped[]> {
  const roots = Array.from(transfer.items)
    .filter((item) => item.kind === "file")
    .map((item) => item.webkitGetAsEntry?.() ?? item.getAsFile());
  const found: Dropped[] = [];
  for (const root of roots) {
    if (root instanceof File) found.push({ path: root.name, file: root });
    else if (root) await walk(root, found);
  }
  return found;
}

async function walk(entry: FileSystemEntry, into: Dropped[]): Promise<void> {
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) =>
      (entry as FileSystemFileEntry).file(resolve, reject),
    );
    into.push({ path: entry.fullPath.replace(/^\//, ""), file });
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  // A folder is given out in portions, the last of them empty.
  for (;;) {
    const portion = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (portion.length === 0) return;
    for (const child of portion) await walk(child, into);
  }
}
