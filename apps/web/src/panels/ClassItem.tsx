import { useRef, useState } from "react";
import type { ClassRow } from "../state/rows.ts";
import { ColorField } from "../ui/ColorField.tsx";
import { classPalette } from "../ui/color.ts";
import { DeletePop } from "../ui/DeletePop.tsx";
import { EditableName } from "../ui/EditableName.tsx";
import { Keys } from "../ui/Keys.tsx";
import { Pop } from "../ui/Pop.tsx";
import { RowMenu } from "../ui/RowMenu.tsx";
import { ClassSwatch } from "./ClassSwatch.tsx";
import { DeleteClass } from "./DeleteClass.tsx";
import { digitOfClass } from "./key-labels.ts";
import { useWorkspace } from "./workspace-context.ts";

interface ClassItemProps {
  row: ClassRow;
  /** Place in the list; the first nine have a digit. */
  index: number;
  active: boolean;
}

export function ClassItem({ row, index, active }: ClassItemProps) {
  const { actions } = useWorkspace();
  const [renaming, setRenaming] = useState(false);
  const [deleting, setDeleting] = useState(false);
  const item = useRef<HTMLLIElement>(null);
  const digit = digitOfClass(index);
  return (
    <li ref={item} className="row" data-active={active || undefined}>
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
      {renaming ? (
        <EditableName
          value={row.name}
          label="Name of the class"
          onCommit={(name) => void actions.updateClass(row.id, { name })}
          onDone={() => setRenaming(false)}
        />
      ) : (
        <button
          type="button"
          className="row-main"
          aria-pressed={active}
          title={row.description || undefined}
          onClick={() => actions.setActiveClass(row.id)}
          onDoubleClick={() => setRenaming(true)}
          onKeyDown={(event) => event.key === "F2" && setRenaming(true)}
        >
          <span className="truncate">{row.name}</span>
        </button>
      )}
      {digit ? <Keys keys={[digit]} /> : null}
      <RowMenu
        name={row.name}
        tip="Rename, delete"
        onRename={() => setRenaming(true)}
        onDelete={() => setDeleting(true)}
      />
      <DeletePop
        name={row.name}
        open={deleting}
        onOpenChange={setDeleting}
        anchor={() => item.current}
        side="left"
      >
        <DeleteClass row={row} onDone={() => setDeleting(false)} />
      </DeletePop>
    </li>
  );
}
