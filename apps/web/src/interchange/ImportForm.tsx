import { useMemo, useState } from "react";
import { useStore } from "../hooks/use-store.ts";
import { formatCount, plural } from "../panels/format.ts";
import { useWorkspace } from "../panels/workspace-context.ts";
import { Button } from "../ui/Button.tsx";
import { Problem } from "../ui/Problem.tsx";
import { ClassRows } from "./ClassRows.tsx";
import type { FilePreview } from "./messages.ts";
import { type ClassChoice, firstChoices, warningsOf } from "./plan.ts";
import { layerName } from "./run-import.ts";
import { usePreview } from "./use-preview.ts";

interface ImportFormProps {
  preview: FilePreview;
  problem: string;
  fileName: string;
  /** How many have been added; null before that. */
  done: number | null;
  onImage: (image: number) => void;
  onCancel: () => void;
  onImport: (layerId: string | null, classes: ReadonlyMap<string, ClassChoice>) => void;
}

const NEW_LAYER = "";

/** Where the annotations of a file go, and which classes they get. */
export function ImportForm(props: ImportFormProps) {
  const { preview, problem, fileName, done, onImage, onCancel, onImport } = props;
  const workspace = useWorkspace();
  const layers = useStore(workspace.layers);
  const rows = useStore(workspace.classes);
  const activeId = useStore(workspace.activeLayerId);
  const [layerId, setLayerId] = useState(activeId ?? NEW_LAYER);
  const { summary } = preview;
  const { bounds } = summary;
  const [choices, setChoices] = useState<ReadonlyMap<string, ClassChoice>>(() =>
    firstChoices(summary.classes, workspace.classes.get()),
  );
  usePreview(preview, choices, done === null);
  const warnings = useMemo(() => warningsOf(summary, preview.problemCount), [summary, preview]);
  const whyNot = layerId === NEW_LAYER ? null : workspace.importing.whyNot(layerId);
  const busy = done !== null;
  return (
    <>
      <p className="import-line">
        <span>{contentsOf(summary)}</span>
        {bounds ? (
          <Button tone="quiet" small onClick={() => workspace.importing.show(bounds)}>
            Show
          </Button>
        ) : null}
      </p>
      {warnings.length > 0 ? (
        <ul className="import-warnings">
          {warnings.map((text) => (
            <li key={text}>{text}</li>
          ))}
        </ul>
      ) : null}
      {preview.problems.length > 0 ? (
        <details className="import-problems">
          <summary>What cannot be read</summary>
          <ul>
            {preview.problems.map((text) => (
              <li key={text}>{text}</li>
            ))}
          </ul>
        </details>
      ) : null}
      {summary.images.length > 1 ? (
        <label className="import-field">
          <span>Of the file's images</span>
          <select
            className="field"
            value={summary.image}
            disabled={busy}
            onChange={(event) => onImage(Number(event.target.value))}
          >
            {summary.images.map((image, i) => (
              <option key={i} value={i}>
                {`${image.name || `Image ${i + 1}`} (${formatCount(image.count)})`}
              </option>
            ))}
          </select>
        </label>
      ) : null}
      <label className="import-field">
        <span>Into the layer</span>
        <select
          className="field"
          value={layerId}
          disabled={busy}
          onChange={(event) => setLayerId(event.target.value)}
        >
          {layers.map(({ row }) => (
            <option key={row.id} value={row.id}>
              {row.name}
            </option>
          ))}
          <option value={NEW_LAYER}>{`New layer “${layerName(fileName)}”`}</option>
        </select>
      </label>
      <ClassRows summary={summary} rows={rows} choices={choices} disabled={busy} onChange={setChoices} />
      <Problem text={whyNot ?? problem} />
      {busy ? (
        <div className="import-progress">
          <progress max={summary.count} value={done} aria-label="Imported" />
          <span className="numbers">
            {formatCount(done)} of {formatCount(summary.count)}
          </span>
        </div>
      ) : null}
      <div className="import-actions">
        <Button onClick={onCancel}>{busy ? "Stop" : "Cancel"}</Button>
        {busy ? null : (
          <Button
            tone="primary"
            disabled={summary.count === 0 || whyNot !== null}
            onClick={() => onImport(layerId === NEW_LAYER ? null : layerId, choices)}
          >
            Import {plural(summary.count, "annotation")}
          </Button>
        )}
      </div>
    </>
  );
}

const KINDS = {
  polygon: ["polygon", "polygons"],
  rectangle: ["rectangle", "rectangles"],
  ellipse: ["ellipse", "ellipses"],
  polyline: ["line", "lines"],
  point: ["point", "points"],
} as const;

function contentsOf({ count, kinds, format }: FilePreview["summary"]): string {
  const name = format === "coco" ? "COCO" : "GeoJSON";
  if (count === 0) return `${name} without annotations for this image.`;
  const parts = (Object.keys(KINDS) as (keyof typeof KINDS)[]).flatMap((kind) => {
    const many = kinds[kind];
    return many ? [`${formatCount(many)} ${KINDS[kind][many === 1 ? 0 : 1]}`] : [];
  });
  return `${name}: ${parts.join(", ")}.`;
}
