import { useEffect } from "react";
import { useStore } from "../hooks/use-store.ts";
import { useWorkspace } from "../panels/workspace-context.ts";
import { Boundary } from "../ui/Boundary.tsx";
import { onDemand } from "../ui/on-demand.tsx";
import { claimDrops } from "../upload/claim.ts";
import { importing, takeAnnotationFiles } from "./files.ts";

const ImportCard = onDemand(async () => (await import("./ImportCard.tsx")).ImportCard, {
  failed: ({ gone }, { file }) => <Failed file={file} next={gone ? RELOAD : RECONNECT} />,
});

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
    <Boundary
      key={`${file.name}/${file.lastModified}/${file.size}`}
      fallback={() => <Failed file={file} next={RELOAD} />}
    >
      <ImportCard file={file} />
    </Boundary>
  );
}

const RELOAD = "Reload the page, then try again.";
const RECONNECT = "Check the connection and try again.";

/** Its code did not come, or what is in the file was not expected: either way it must not look as if nothing was dropped. */
function Failed({ file, next }: { file: File; next: string }) {
  const { importing: port } = useWorkspace();
  useEffect(() => {
    port.say(`“${file.name}” could not be shown and nothing was imported. ${next}`);
    importing.set(null);
  }, [file, port, next]);
  return null;
}
