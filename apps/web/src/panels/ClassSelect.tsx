import { ChevronDown } from "lucide-react";
import { useStore } from "../hooks/use-store.ts";
import { ClassMenu } from "./ClassMenu.tsx";
import { ClassSwatch } from "./ClassSwatch.tsx";
import { useWorkspace } from "./workspace-context.ts";

interface ClassSelectProps {
  /** null is Unclassified; undefined is "several different ones". */
  value: string | null | undefined;
  onChange: (id: string | null) => void;
}

/** The class of what is selected, as a field. */
export function ClassSelect({ value, onChange }: ClassSelectProps) {
  const classes = useStore(useWorkspace().classes);
  const row = classes.find(({ id }) => id === value) ?? null;
  const name = value === undefined ? "Different classes" : (row?.name ?? "Unclassified");
  return (
    <ClassMenu
      value={value}
      onChange={onChange}
      trigger={
        <button type="button" className="field class-select" aria-label={`Class: ${name}`}>
          {value === undefined ? null : <ClassSwatch row={row} />}
          <span className="truncate">{name}</span>
          <ChevronDown size={14} aria-hidden />
        </button>
      }
    />
  );
}
