import { lazy, Suspense, useEffect, useState } from "react";
import { useStore } from "../hooks/use-store.ts";
import { createStore } from "../state/store.ts";
import { Boundary } from "../ui/Boundary.tsx";
import { imagesChanged } from "./changed.ts";
import { hasClaims, unclaimed } from "./claim.ts";
import { type Dropped, dropped } from "./dropped.ts";
import { hadUploads } from "./remembered.ts";
import "./upload.css";

// Sending and the list of what is sent load with the first file.
const UploadCard = lazy(async () => ({ default: (await import("./UploadCard.tsx")).UploadCard }));

const wanted = createStore(false);
/** Others add images too. */
const LOOK_MS = 10_000;

/** Sends files, and shows how far they are. */
export function upload(files: readonly Dropped[]): void {
  if (files.length === 0) return;
  wanted.set(true);
  void import("./manager.ts").then(({ uploads }) => uploads.add(files));
}

/** Files may be dropped anywhere on the page. */
export function UploadLayer() {
  const over = useFilesOver();
  const shown = useStore(wanted);
  useEffect(() => {
    if (!hadUploads()) return;
    wanted.set(true);
    void import("./manager.ts").then(({ uploads }) => uploads.load());
  }, []);
  useEffect(() => {
    const look = setInterval(() => {
      if (document.visibilityState === "visible") imagesChanged.set((count) => count + 1);
    }, LOOK_MS);
    return () => clearInterval(look);
  }, []);
  return (
    <>
      {over ? (
        <div className="drop-here" aria-hidden>
          <p>{hasClaims() ? "Drop images to add, or annotations to import" : "Drop to add images"}</p>
          <p className="drop-here-note">
            TIFF, OME-TIFF, SVS, OME-Zarr, Deep Zoom, PNG, JPEG; files or folders
            {hasClaims() ? ". Annotations: GeoJSON, COCO" : ""}
          </p>
        </div>
      ) : null}
      {shown ? (
        <Boundary fallback={() => null}>
          <Suspense>
            <UploadCard />
          </Suspense>
        </Boundary>
      ) : null}
    </>
  );
}

function useFilesOver(): boolean {
  const [over, setOver] = useState(false);
  useEffect(() => {
    const stop = new AbortController();
    const { signal } = stop;
    const files = (event: DragEvent) => event.dataTransfer?.types.includes("Files") === true;
    const enter = (event: DragEvent) => {
      if (!files(event)) return;
      event.preventDefault();
      event.dataTransfer!.dropEffect = "copy";
      setOver(true);
    };
    addEventListener("dragenter", enter, { signal });
    addEventListener("dragover", enter, { signal });
    addEventListener(
      "dragleave",
      (event) => {
        // Out of the window, not from one element to the next.
        if (event.relatedTarget === null) setOver(false);
      },
      { signal },
    );
    addEventListener(
      "drop",
      (event) => {
        if (!files(event)) return;
        event.preventDefault();
        setOver(false);
        void dropped(event.dataTransfer!).then((files) => upload(unclaimed(files)));
      },
      { signal },
    );
    return () => stop.abort();
  }, []);
  return over;
}
