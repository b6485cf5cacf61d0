import { useEffect, useState } from "react";
import { useStore } from "../hooks/use-store.ts";
import { useTriesAgain } from "../hooks/use-tries-again.ts";
import { createStore } from "../state/store.ts";
import { Boundary } from "../ui/Boundary.tsx";
import { onDemand } from "../ui/on-demand.tsx";
import { imagesChanged } from "./changed.ts";
import { hasClaims, unclaimed } from "./claim.ts";
import { type Dropped, dropped } from "./dropped.ts";
import { hadUploads } from "./remembered.ts";
import "./upload.css";

// Sending and the list of what is sent load with the first file.
const UploadCard = onDemand(async () => (await import("./UploadCard.tsx")).UploadCard, {
  failed: () => <Waiting />,
});

const wanted = createStore(false);
/** Chosen before that was there. */
const early = createStore<readonly Dropped[]>([]);
/** From before a reload; to be shown once. */
let unfinished = false;
/** It did not load. */
const away = createStore(false);
/** Others add images too. */
const LOOK_MS = 10_000;

/** Sends files, and shows how far they are. */
export function upload(files: readonly Dropped[]): void {
  if (files.length === 0) return;
  wanted.set(true);
  early.set((others) => [...others, ...files]);
  void start();
}

async function start(): Promise<void> {
  try {
    const { uploads } = await import("./manager.ts");
    away.set(false);
    if (unfinished) void uploads.load();
    unfinished = false;
    const files = early.get();
    early.set([]);
    if (files.length > 0) uploads.add(files);
  } catch {
    away.set(true);
  }
}

/** Files may be dropped anywhere on the page. */
export function UploadLayer() {
  const over = useFilesOver();
  const shown = useStore(wanted);
  useTriesAgain(useStore(away), () => void start());
  useEffect(() => {
    if (!hadUploads()) return;
    wanted.set(true);
    unfinished = true;
    void start();
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
          <UploadCard />
        </Boundary>
      ) : null}
    </>
  );
}

/** In place of the list, whose code did not come. */
function Waiting() {
  const files = useStore(early, ({ length }) => length);
  return files === 0 ? null : (
    <section className="upload-card upload-waiting" role="alert">
      Coscope’s server does not answer. Keep this page open: what you chose is sent when it does.
    </section>
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
