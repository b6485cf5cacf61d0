import { type AnnotationSnapshot, areaOf } from "@coscope/annotations";
import { useMemo } from "react";
import { useStore } from "../hooks/use-store.ts";
import { onDemand } from "../ui/on-demand.tsx";
import { ClassSelect } from "./ClassSelect.tsx";
import { ClassSwatch } from "./ClassSwatch.tsx";
import { formatArea, formatCount, plural } from "./format.ts";
import { kindOf } from "./measures.ts";
import { ObjectActions } from "./ObjectActions.tsx";
import { PanelSection } from "./PanelSection.tsx";
import { useWorkspace } from "./workspace-context.ts";

const AttributesForm = onDemand(async () => (await import("../objects/AttributesForm.tsx")).AttributesForm);

/** Rows of the list; beyond them the count says how many more. */
const LISTED = 100;

/** Several annotations: one class for all, their sums, and a way to each. */
export function ManyObjects({ objects }: { objects: readonly AnnotationSnapshot[] }) {
  const workspace = useWorkspace();
  const classes = useStore(workspace.classes);
  const calibration = useStore(workspace.source, (source) => source?.calibration ?? null);
  // A whole layer may be selected, and this renders with every change of a class or of the image.
  const { shared, areas, total } = useMemo(() => {
    const firstClass = objects[0]!.classId;
    const found = objects.map(({ geometry }) => areaOf(geometry)).filter((area) => area > 0);
    return {
      shared: objects.every(({ classId }) => classId === firstClass) ? firstClass : undefined,
      areas: found,
      total: found.reduce((sum, area) => sum + area, 0),
    };
  }, [objects]);
  return (
    <>
      <PanelSection title={plural(objects.length, "annotation")} action={<ObjectActions />}>
        <div className="object-fields">
          <div>
            <span className="label">Class</span>
            <ClassSelect value={shared} onChange={workspace.actions.reclassSelection} />
          </div>
        </div>
      </PanelSection>
      <AttributesForm objects={objects} />
      {areas.length > 0 ? (
        <PanelSection title="Measures">
          <dl className="facts">
            <div className="fact">
              <dt>Area in all</dt>
              <dd className="numbers">{formatArea(total, calibration)}</dd>
            </div>
            <div className="fact">
              <dt>Area on average</dt>
              <dd className="numbers">{formatArea(total / areas.length, calibration)}</dd>
            </div>
          </dl>
        </PanelSection>
      ) : null}
      <PanelSection title="Each">
        <ul className="rows">
          {objects.slice(0, LISTED).map((object) => (
            <li key={object.id} className="row">
              <span className="row-swatch">
                <ClassSwatch row={classes.find(({ id }) => id === object.classId) ?? null} />
              </span>
              <button type="button" className="row-main" onClick={() => workspace.actions.goTo(object.id)}>
                <span className="truncate">{object.label || kindOf(object)}</span>
              </button>
              {object.geometry.kind === "point" ? null : (
                <span className="row-count numbers">{formatArea(areaOf(object.geometry), calibration)}</span>
              )}
            </li>
          ))}
        </ul>
        {objects.length > LISTED ? (
          <p className="panel-empty">and {formatCount(objects.length - LISTED)} more</p>
        ) : null}
      </PanelSection>
    </>
  );
}
