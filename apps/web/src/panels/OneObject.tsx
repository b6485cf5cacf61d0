import type { AnnotationSnapshot } from "@coscope/annotations";
import { useMemo, useState } from "react";
import { useStore } from "../hooks/use-store.ts";
import { onDemand } from "../ui/on-demand.tsx";
import { ClassSelect } from "./ClassSelect.tsx";
import { formatWhen } from "./format.ts";
import { kindOf, measuresOf } from "./measures.ts";
import { ObjectActions } from "./ObjectActions.tsx";
import { PanelSection } from "./PanelSection.tsx";
import { useAuthorName } from "./use-author-name.ts";
import { useWorkspace } from "./workspace-context.ts";

const AttributesForm = onDemand(async () => (await import("../objects/AttributesForm.tsx")).AttributesForm);

/** One annotation: what it is called, how big it is, who made it. */
export function OneObject({ object }: { object: AnnotationSnapshot }) {
  const workspace = useWorkspace();
  const calibration = useStore(workspace.source, (source) => source?.calibration ?? null);
  const authorName = useAuthorName();
  const all = useMemo(() => [object], [object]);
  return (
    <>
      <PanelSection title={kindOf(object)} action={<ObjectActions first={object} />}>
        <div className="object-fields">
          <div>
            <span className="label">Class</span>
            <ClassSelect value={object.classId} onChange={workspace.actions.reclassSelection} />
          </div>
          <LabelField object={object} />
        </div>
      </PanelSection>
      <AttributesForm objects={all} />
      <PanelSection title="Measures">
        <dl className="facts">
          {measuresOf(object, calibration).map(({ name, value }) => (
            <div key={name} className="fact">
              <dt>{name}</dt>
              <dd className="numbers">{value}</dd>
            </div>
          ))}
        </dl>
      </PanelSection>
      <PanelSection title="Origin">
        <dl className="facts">
          <div className="fact">
            <dt>Drawn by</dt>
            <dd>{authorName(object.author)}</dd>
          </div>
          <div className="fact">
            <dt>When</dt>
            <dd>
              <time
                dateTime={new Date(object.created).toISOString()}
                title={new Date(object.created).toLocaleString()}
              >
                {formatWhen(object.created, Date.now())}
              </time>
            </dd>
          </div>
        </dl>
      </PanelSection>
    </>
  );
}

function LabelField({ object }: { object: AnnotationSnapshot }) {
  const { actions } = useWorkspace();
  // What is being typed; null shows the document's own, which a colleague may change meanwhile.
  const [draft, setDraft] = useState<string | null>(null);
  const keep = () => {
    if (draft !== null && draft.trim() !== object.label) actions.relabel(object.id, draft.trim());
    setDraft(null);
  };
  return (
    <label className="object-label">
      <span className="label">Name</span>
      <input
        className="field"
        value={draft ?? object.label}
        placeholder="A name for this one"
        maxLength={200}
        onChange={(event) => setDraft(event.target.value)}
        onBlur={keep}
        onKeyDown={(event) => {
          if (event.key === "Enter") event.currentTarget.blur();
          if (event.key === "Escape") setDraft(null);
        }}
      />
    </label>
  );
}
