import { X } from "lucide-react";
import { useEffect, useId, useRef, useState } from "react";
import { useStore } from "../hooks/use-store.ts";
import { useWorkspace } from "../panels/workspace-context.ts";
import { IconButton } from "../ui/IconButton.tsx";
import { Problem } from "../ui/Problem.tsx";
import { Spinner } from "../ui/Spinner.tsx";
import { FileError, type FileWorker, openFileWorker } from "./client.ts";
import { importing } from "./files.ts";
import { frameOf } from "./frame.ts";
import { ImportForm } from "./ImportForm.tsx";
import type { FilePreview } from "./messages.ts";
import { doneText, nextStepFor } from "./plan.ts";
import { runImport } from "./run-import.ts";
import "./import.css";

type State =
  | { readonly kind: "reading" }
  | { readonly kind: "failed"; readonly text: string; readonly next: string }
  | { readonly kind: "ready"; readonly preview: FilePreview; readonly problem: string };

/** A file of annotations before it is imported: what is in it, where it goes, which classes it gets. */
export function ImportCard({ file }: { file: File }) {
  const workspace = useWorkspace();
  const [state, setState] = useState<State>({ kind: "reading" });
  const [done, setDone] = useState<number | null>(null);
  const worker = useRef<FileWorker | null>(null);
  const stop = useRef<AbortController | null>(null);
  const card = useRef<HTMLElement>(null);
  const title = useId();
  const ready = useStore(workspace.source, (source) => source !== null);

  useEffect(() => {
    const frame = frameOf(workspace);
    if (!frame) return;
    setState({ kind: "reading" });
    const own = openFileWorker();
    worker.current = own;
    let gone = false;
    own.ask({ job: "read", file, frame }).then(
      (preview) => !gone && setState({ kind: "ready", preview, problem: "" }),
      (error: unknown) => {
        if (gone) return;
        const code = error instanceof FileError ? error.code : "";
        setState({ kind: "failed", text: (error as Error).message, next: nextStepFor(code) });
      },
    );
    return () => {
      gone = true;
      stop.current?.abort();
      own.close();
    };
  }, [file, ready, workspace]);
  useEffect(() => card.current?.focus(), []);

  const close = () => importing.set(null);
  return (
    <section
      ref={card}
      className="import-card"
      aria-labelledby={title}
      aria-busy={state.kind === "reading" || done !== null}
      tabIndex={-1}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || done !== null) return;
        event.stopPropagation();
        close();
      }}
    >
      <header className="import-head">
        <h2 id={title} className="import-title">
          Import annotations
        </h2>
        {done === null ? (
          <IconButton small label="Close without importing" onClick={close}>
            <X size={16} aria-hidden />
          </IconButton>
        ) : null}
      </header>
      <p className="import-file truncate" title={file.name}>
        {file.name}
      </p>
      {state.kind === "reading" ? (
        <p className="import-line" role="status">
          <Spinner label="Reading" size={14} /> Reading the file
        </p>
      ) : state.kind === "failed" ? (
        <>
          <Problem text={state.text} />
          <p className="import-line">{state.next}</p>
        </>
      ) : (
        <ImportForm
          key={state.preview.summary.image}
          preview={state.preview}
          problem={state.problem}
          fileName={file.name}
          done={done}
          onImage={(image) => {
            worker.current?.ask({ job: "image", image }).then(
              (preview) => setState({ kind: "ready", preview, problem: "" }),
              () => {},
            );
          }}
          onCancel={() => (done === null ? close() : stop.current?.abort())}
          onImport={(layerId, classes) => {
            const { preview } = state;
            const stopping = new AbortController();
            stop.current = stopping;
            const { signal } = stopping;
            setDone(0);
            const plan = { image: preview.summary.image, layerId, classes };
            const options = {
              workspace,
              worker: worker.current!,
              fileName: file.name,
              preview,
              plan,
              signal,
            };
            runImport({ ...options, onProgress: setDone }).then(
              (count) => {
                workspace.importing.say(doneText(count, preview.summary.count, classes));
                close();
              },
              (error: Error) => {
                setDone(null);
                setState({ kind: "ready", preview, problem: error.message });
              },
            );
          }}
        />
      )}
    </section>
  );
}
