import { isIgnored } from "@coscope/annotations/class-names";
import { Plus } from "lucide-react";
import { useMemo, useState } from "react";
import { useStore } from "../hooks/use-store.ts";
import { type ClassNode, classTree, countBelow, openNodes } from "../objects/class-tree.ts";
import type { ClassRow } from "../state/rows.ts";
import { classPalette } from "../ui/color.ts";
import { EditableName } from "../ui/EditableName.tsx";
import { IconButton } from "../ui/IconButton.tsx";
import { Keys } from "../ui/Keys.tsx";
import { createRemembered } from "../ui/remembered.ts";
import { ClassItem } from "./ClassItem.tsx";
import { ClassSwatch } from "./ClassSwatch.tsx";
import { formatCount } from "./format.ts";
import { keysOf } from "./key-labels.ts";
import { PanelSection } from "./PanelSection.tsx";
import { useWorkspace } from "./workspace-context.ts";

/** Paths of the base classes that are folded. */
const closedClasses = createRemembered<readonly string[]>(
  "closedClasses",
  [],
  (found): found is readonly string[] =>
    Array.isArray(found) && found.every((path) => typeof path === "string"),
);

function toggle(path: string): void {
  closedClasses.set((paths) =>
    paths.includes(path) ? paths.filter((other) => other !== path) : [...paths, path],
  );
}

/** The classes of the project, shared by all its images. The active one goes to what is drawn next. */
export function ClassesSection() {
  const workspace = useWorkspace();
  const classes = useStore(workspace.classes);
  const activeId = useStore(workspace.activeClassId);
  const counts = useStore(workspace.classCounts);
  const closed = useStore(closedClasses);
  const [adding, setAdding] = useState(false);
  const tree = useMemo(() => classTree(classes), [classes]);
  const folds = tree.some(({ children }) => children.length > 0);
  const left = tree.filter(({ path }) => isIgnored(path));
  const counted = tree.filter(({ path }) => !isIgnored(path));
  const nextColor =
    classPalette.find(({ value }) => !classes.some((row) => row.color.toLowerCase() === value))?.value ??
    classPalette[classes.length % classPalette.length]!.value;
  const items = (nodes: readonly ClassNode<ClassRow>[]) =>
    openNodes(nodes, new Set(closed)).map((node) => (
      <ClassItem
        key={node.row?.id ?? node.path}
        node={node}
        siblings={siblingsOf(tree, node)}
        active={node.row !== null && node.row.id === activeId}
        // Closed, a base says what it and all below it have; open, the lines below say their own.
        count={countBelow(node, counts)}
        fold={folds}
        closed={closed.includes(node.path)}
        onToggle={() => toggle(node.path)}
      />
    ));
  return (
    <PanelSection
      title="Classes"
      action={
        <IconButton small label="Add a class" side="left" onClick={() => setAdding(true)}>
          <Plus size={16} aria-hidden />
        </IconButton>
      }
    >
      <ul className="rows">
        {items(counted)}
        {adding ? (
          <li className="row row-adding">
            <span className="swatch" style={{ background: nextColor }} />
            <EditableName
              value=""
              label="Name of the new class"
              onCommit={(name) => void workspace.actions.addClass(name, nextColor)}
              onDone={() => setAdding(false)}
            />
          </li>
        ) : null}
        <li className="class-item">
          {folds ? <span className="class-fold" /> : null}
          <div className="row class-line" data-active={activeId === null || undefined}>
            <span className="row-swatch">
              <ClassSwatch row={null} />
            </span>
            <button
              type="button"
              className="row-main"
              aria-pressed={activeId === null}
              onClick={() => workspace.actions.setActiveClass(null)}
            >
              <span className="truncate">Unclassified</span>
            </button>
            <span className="row-count numbers">{formatCount(counts.get(null) ?? 0)}</span>
            <Keys keys={keysOf("unclassified") ?? []} />
            <span className="row-no-more" />
          </div>
        </li>
      </ul>
      {left.length > 0 ? (
        <>
          <p className="classes-left">
            Ignored: COCO files leave these out, and the table on wish. GeoJSON has them.
          </p>
          <ul className="rows">{items(left)}</ul>
        </>
      ) : null}
    </PanelSection>
  );
}

/** The nodes beside it, itself included. */
function siblingsOf(
  nodes: readonly ClassNode<ClassRow>[],
  node: ClassNode<ClassRow>,
): readonly ClassNode<ClassRow>[] {
  if (nodes.includes(node)) return nodes;
  for (const { children } of nodes) {
    const found = siblingsOf(children, node);
    if (found.length > 0) return found;
  }
  return [];
}
