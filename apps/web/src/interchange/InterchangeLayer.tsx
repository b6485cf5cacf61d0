import { lazy, Suspense, useEffect } from "react";
import { useStore } from "../hooks/use-store.ts";
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
  return file ? (
    <Boundary fallback={() => null}>
      <Suspense>
        <ImportCard key={`${file.name}/${file.lastModified}/${file.size}`} file={file} />
      </Suspense>
    </Boundary>
  ) : null;
}
