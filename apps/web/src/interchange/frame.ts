import type { ImageFrame } from "@coscope/annotations/interchange";
import type { Workspace } from "../state/workspace.ts";

/** The open image as files see it; null while it is not open. */
export function frameOf({ source, image }: Workspace): ImageFrame | null {
  const open = source.get();
  if (!open) return null;
  const { width, height, sizeZ, sizeT } = open;
  return { name: image.get().name, width, height, sizeZ, sizeT };
}
