import { pathOf } from "@coscope/annotations/class-names";
import { BoxSelect, ChevronDown, ChevronRight, MoveDown, MoveUp, PencilRuler } from "lucide-react";
import { useState } from "react";
import type { ClassNode } from "../objects/class-tree.ts";
import type { ClassRow } from "../state/rows.ts";
import { ActionItem } from "../ui/ActionMenu.tsx";
import { Boundary } from "../ui/Boundary.tsx";
import { ColorField } from "../ui/ColorField.tsx";
import { classPalette } from "../ui/color.ts";
import { IconButton } from "../ui/IconButton.tsx";
import { Keys } from "../ui/Keys.tsx";
import { RowActions, RowName, useNamedRow } from "../ui/NamedRow.tsx";
import { onDemand, PartBroken } from "../ui/on-demand.tsx";
import { Pop } from "../ui/Pop.tsx";
import { ClassSwatch } from "./ClassSwatch.tsx";
import { DeleteClass } from "./DeleteClass.tsx";
import { formatCount } from "./format.ts";
import { digitOfClass } from "./key-labels.ts";
import { useWorkspace } from "./workspace-context.ts";

const ClassEditor = onDemand(async () => (await import("../objects/ClassEditor.tsx")).ClassEditor);

interface ClassItemProps {
  node: ClassNode<ClassRow>;
  /** The nodes beside it, itself included. */
  siblings: readonly ClassNode<ClassRow>[];
  active: boolean;
  /** With all that is derived from it. */
  count: number;
  /** Some class can be folded: all leave room for the button. */
  fold: boolean;
  closed: boolean;
  onToggle: () => void;
}

/** One class, or a base that only its derived classes name. */
export function ClassItem(props: ClassItemProps) {
  const { node, count, fold, closed, onToggle } = props;
  return (
    <li className="class-item" style={{ paddingLeft: node.depth * 14 }}>
      {node.children.length > 0 ? (
        <IconButton
          small
          className="class-fold"
          label={`${closed ? "Show" : "Hide"} classes derived from ${node.path}`}
          aria-expanded={!closed}
          onClick={onToggle}
        >
          {closed ? <ChevronRight size={14} aria-hidden /> : <ChevronDown size={14} aria-hidden />}
        </IconButton>
      ) : fold ? (
        <span className="class-fold" />
      ) : null}
      {node.row ? (
        <ClassLine {...props} row={node.row} />
      ) : (
        <div className="row class-line">
          <span className="row-main">
            <span className="truncate">{node.name}</span>
          </span>
          <Count count={count} />
        </div>
      )}
    </li>
  );
}

function Count({ count }: { count: number }) {
  return (
    <span className="row-count numbers">
      {formatCount(count)}
      <span className="visually-hidden"> annotations</span>
    </span>
  );
}

function ClassLine({ node, row, siblings, active, count }: ClassItemProps & { row: ClassRow }) {
  const { actions } = useWorkspace();
  const [editing, setEditing] = useState(false);
  const item = useNamedRow<HTMLDivElement>();
  const digit = digitOfClass(node.index);
  const at = siblings.indexOf(node);
  const move = (by: 1 | -1) => {
    const beside = siblings[at + by];
    if (beside) void actions.updateClass(row.id, { position: firstIndex(beside) });
  };
  return (
    <div ref={item.element} className="row class-line" data-active={active || undefined}>
      <Pop
        title={`Colour of ${row.name}`}
        side="left"
        trigger={
          <button type="button" className="row-swatch" aria-label={`Colour of ${row.name}`}>
            <ClassSwatch row={row} />
          </button>
        }
      >
        <ColorField
          value={row.color}
          palette={classPalette}
          label="Colour"
          onChange={(color) => void actions.updateClass(row.id, { color })}
        />
      </Pop>
      <RowName
        row={item}
        name={row.name}
        label="Name of the class"
        onRename={(name) => void actions.updateClass(row.id, { name })}
      >
        <button
          type="button"
          className="row-main"
          aria-pressed={active}
          title={
            [pathOf(row.name).length > 1 ? row.name : "", row.description].filter(Boolean).join("\n") ||
            undefined
          }
          onClick={() => actions.setActiveClass(row.id)}
          onDoubleClick={() => item.setRenaming(true)}
          onKeyDown={(event) => {
            if (event.key === "F2") item.setRenaming(true);
            if (!event.altKey || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) return;
            event.preventDefault();
            event.stopPropagation();
            move(event.key === "ArrowUp" ? -1 : 1);
          }}
        >
          <span className="truncate">{node.name}</span>
        </button>
      </RowName>
      <Count count={count} />
      {digit ? <Keys keys={[digit]} /> : null}
      <RowActions
        row={item}
        name={row.name}
        tip="Edit, rename, move, delete"
        question={<DeleteClass row={row} onDone={() => item.setDeleting(false)} />}
        first={
          <ActionItem icon={<PencilRuler size={14} aria-hidden />} onSelect={() => setEditing(true)}>
            Description and attributes…
          </ActionItem>
        }
      >
        <ActionItem
          icon={<BoxSelect size={14} aria-hidden />}
          disabled={count === 0}
          onSelect={() => actions.selectClass(row.id)}
        >
          Select all of this class
        </ActionItem>
        <ActionItem
          icon={<MoveUp size={14} aria-hidden />}
          keys={["Alt+↑"]}
          disabled={at <= 0}
          onSelect={() => move(-1)}
        >
          Move up
        </ActionItem>
        <ActionItem
          icon={<MoveDown size={14} aria-hidden />}
          keys={["Alt+↓"]}
          disabled={at === siblings.length - 1}
          onSelect={() => move(1)}
        >
          Move down
        </ActionItem>
      </RowActions>
      <Pop
        title={row.name}
        open={editing}
        onOpenChange={setEditing}
        anchor={() => item.element.current}
        side="left"
        className="class-pop"
      >
        <Boundary fallback={() => <PartBroken />}>
          <ClassEditor row={row} onDone={() => setEditing(false)} />
        </Boundary>
      </Pop>
    </div>
  );
}

/** Where in the list of all classes a node begins. */
function firstIndex(node: ClassNode<ClassRow>): number {
  const own = node.index === -1 ? Number.POSITIVE_INFINITY : node.index;
  return Math.min(own, ...node.children.map(firstIndex));
}
