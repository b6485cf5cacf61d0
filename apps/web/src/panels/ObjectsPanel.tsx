import { MousePointer2 } from "lucide-react";
import { useStore } from "../hooks/use-store.ts";
import { Keys } from "../ui/Keys.tsx";
import { keysOf } from "./key-labels.ts";
import { ManyObjects } from "./ManyObjects.tsx";
import { OneObject } from "./OneObject.tsx";
import { useWorkspace } from "./workspace-context.ts";

/** What is selected. */
export function ObjectsPanel() {
  const workspace = useWorkspace();
  const selected = useStore(workspace.selected);
  const [first] = selected;
  if (!first) {
    return (
      <div className="panel-empty panel-empty-tall">
        <MousePointer2 size={20} aria-hidden />
        <p>
          Nothing selected. Take <b>Select</b> <Keys keys={keysOf("tool.select") ?? []} /> and click an
          outline, or drag around several.
        </p>
      </div>
    );
  }
  return selected.length === 1 ? (
    <OneObject key={first.id} object={first} />
  ) : (
    <ManyObjects objects={selected} />
  );
}
