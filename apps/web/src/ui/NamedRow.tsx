import { type ReactNode, type RefObject, useRef, useState } from "react";
import { DeletePop } from "./DeletePop.tsx";
import { EditableName } from "./EditableName.tsx";
import { RowMenu } from "./RowMenu.tsx";

/** What a row of something with a name is about just now. */
export interface NamedRow<Row extends HTMLElement> {
  /** The row itself: what is asked about it stands beside it. */
  readonly element: RefObject<Row | null>;
  readonly renaming: boolean;
  readonly deleting: boolean;
  setRenaming(renaming: boolean): void;
  setDeleting(deleting: boolean): void;
}

export function useNamedRow<Row extends HTMLElement>(): NamedRow<Row> {
  const [renaming, setRenaming] = useState(false);
  const [deleting, setDeleting] = useState(false);
  const element = useRef<Row>(null);
  return { element, renaming, deleting, setRenaming, setDeleting };
}

interface RowNameProps {
  row: NamedRow<HTMLElement>;
  name: string;
  /** What the field is, for screen readers: "Name of the layer". */
  label: string;
  onRename: (name: string) => void;
  /** What shows the name while it is not being changed. */
  children: ReactNode;
}

/** The name, or the field in which it is changed. */
export function RowName({ row, name, label, onRename, children }: RowNameProps) {
  if (!row.renaming) return children;
  return (
    <EditableName value={name} label={label} onCommit={onRename} onDone={() => row.setRenaming(false)} />
  );
}

interface RowActionsProps {
  row: NamedRow<HTMLElement>;
  name: string;
  /** The actions in a few words. */
  tip: string;
  /** Actions above renaming. */
  first?: ReactNode;
  /** Actions between renaming and deleting. */
  children?: ReactNode;
  /** What deleting means, in a sentence or two; without `onDelete` it ends with `DeleteActions` of its own. */
  question: ReactNode;
  onDelete?: () => void;
}

/** The row's menu, and the question before its deletion. */
export function RowActions({ row, name, tip, first, children, question, onDelete }: RowActionsProps) {
  return (
    <>
      <RowMenu
        name={name}
        tip={tip}
        first={first}
        onRename={() => row.setRenaming(true)}
        onDelete={() => row.setDeleting(true)}
      >
        {children}
      </RowMenu>
      <DeletePop
        name={name}
        open={row.deleting}
        onOpenChange={row.setDeleting}
        anchor={() => row.element.current}
        side="left"
        {...(onDelete && { onDelete })}
      >
        {question}
      </DeletePop>
    </>
  );
}
