import { lazy, Suspense, useEffect } from "react";
import { useStore } from "../hooks/use-store.ts";
import { useWorkspace } from "../panels/workspace-context.ts";
import { Boundary } from "../ui/Boundary.tsx";
import { claimDrops } from "../upload/claim.ts";
import { importing, takeAnnotationFiles } from "./files.ts";

const ImportCard = lazy(async () => ({ default: (await import("./ImportCard.tsx")).ImportCard }));

/** A file of annotations that is dropped on an open image is shown, to be imported. */
export function InterchangeLayer() {
  const file = useStore(importing);
  useEffect(() => {
    const release = claimDrops(takeAnnotationFiles);
    return () => {
      release();
      importing.set(null);
    };
  }, []);
  if (!file) return null;
  return (
    // Another file is another try.
    <Boundary key={`${file.name}/${file.lastModified}/${file.size}`} fallback={() => <Failed file={file} />}>
      <Suspense>
        <ImportCard file={file} />
      </Suspense>
    </Boundary>
  );
}

/** Its code is gone, or what is in the file was not expected: either way it must not look as if nothing was dropped. */
function Failed({ file }: { file: File }) {
  const { importing: port } = useWorkspace();
  useEffect(() => {
    port.say(`“${file.name}” could not be shown and nothing was imported. Reload the page, then try again.`);
    importing.set(null);
  }, [file, port]);
  return null;
}
