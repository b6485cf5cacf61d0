import { useEffect, useState } from "react";
import type { ImageFiles } from "../api/client.ts";
import type { Api } from "../api/index.ts";
import type { ImageRow } from "../state/rows.ts";
import { DeletePop } from "../ui/DeletePop.tsx";
import { inWords } from "../upload/words.ts";

interface RemoveImageProps {
  image: ImageRow;
  api: Api;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  anchor: () => Element | null;
  onDelete: () => void;
}

/** Asks once more, and says what becomes of the files. */
export function RemoveImage({ image, api, open, ...pop }: RemoveImageProps) {
  const files = useFiles(image, api, open);
  return (
    <DeletePop
      {...pop}
      name={image.name}
      verb={files?.own ? "Delete" : "Remove"}
      // Nobody is asked before it is known what they agree to.
      open={open && files !== null}
    >
      {image.kind === "plate" ? "The plate goes" : "It goes"} from the list for everyone, with all its
      annotations. {files ? whatOfFiles(files) : null}
    </DeletePop>
  );
}

function whatOfFiles({ own, bytes }: ImageFiles): string {
  if (!own) return "The file itself stays where it is.";
  const size = bytes === null ? "" : ` (${inWords(bytes)})`;
  return `Its files on this server${size} are deleted for good: keep the original if you may need it.`;
}

const ELSEWHERE: ImageFiles = { own: false, bytes: null };
/** The server did not say: better too much than too little. */
const UNKNOWN: ImageFiles = { own: true, bytes: null };

function useFiles(image: ImageRow, api: Api, asked: boolean): ImageFiles | null {
  const isLocal = image.source === "local";
  const [files, setFiles] = useState<ImageFiles | null>(null);
  useEffect(() => {
    if (!asked || !isLocal) return;
    const stop = new AbortController();
    api.imageFiles(image.id, stop.signal).then(setFiles, () => {
      if (!stop.signal.aborted) setFiles(UNKNOWN);
    });
    return () => stop.abort();
  }, [asked, isLocal, image.id, api]);
  return isLocal ? files : ELSEWHERE;
}
