import { useStore } from "../hooks/use-store.ts";
import type { ColorBy } from "../state/workspace.ts";
import { useWorkspace } from "./workspace-context.ts";

/** Ids of the table's columns. */
const MEASURES: readonly (readonly [string, string])[] = [
  ["area", "Area"],
  ["perimeter", "Perimeter"],
  ["circularity", "Circularity"],
  ["length", "Length of lines"],
];

const keyOf = (colorBy: ColorBy): string =>
  colorBy.kind === "value" ? colorBy.column : `by-${colorBy.kind}`;

/** What gives annotations their colour, for this person only. */
export function ColorBySelect() {
  const workspace = useWorkspace();
  const colorBy = useStore(workspace.colorBy);
  const classes = useStore(workspace.classes);
  const channels = useStore(workspace.source, (source) => source?.channels) ?? [];
  const attributes = [...new Set(classes.flatMap((row) => row.attributes.map(({ name }) => name)))];
  const key = keyOf(colorBy);
  const gone = key.startsWith("attribute:") && !attributes.includes(key.slice("attribute:".length));
  const set = (value: string) => {
    if (value === "by-class" || value === "by-author")
      workspace.actions.setColorBy({ kind: value === "by-class" ? "class" : "author" });
    else workspace.actions.setColorBy({ kind: "value", column: value });
  };
  return (
    <label className="appearance-color">
      <span>Colour by</span>
      <select className="field" value={key} onChange={({ target }) => set(target.value)}>
        <option value="by-class">Class</option>
        <option value="by-author">Who drew it</option>
        <optgroup label="Measures">
          {MEASURES.map(([id, name]) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </optgroup>
        <optgroup label="Mean of a channel">
          {channels.map(({ name }, i) => (
            <option key={i} value={`intensity:${i}`}>
              {name || `Channel ${i + 1}`}
            </option>
          ))}
        </optgroup>
        {attributes.length > 0 || gone ? (
          <optgroup label="Attributes">
            {(gone ? [...attributes, key.slice("attribute:".length)] : attributes).map((name) => (
              <option key={name} value={`attribute:${name}`}>
                {name}
              </option>
            ))}
          </optgroup>
        ) : null}
      </select>
    </label>
  );
}
