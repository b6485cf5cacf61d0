import { useLayoutEffect, useRef } from "react";

interface EditableNameProps {
  value: string;
  /** What the field is, for screen readers: "Name of the layer". */
  label: string;
  maxLength?: number;
  /** The given value is a suggestion: keeping it counts as a commit. */
  keepUnchanged?: boolean;
  onCommit: (name: string) => void;
  /** Called after a commit or when nothing changed. */
  onDone: () => void;
}

/** A name being edited in place: Enter or leaving keeps it, Esc does not; an empty name changes nothing. */
export function EditableName({
  value,
  label,
  maxLength = 80,
  keepUnchanged = false,
  onCommit,
  onDone,
}: EditableNameProps) {
  const input = useRef<HTMLInputElement>(null);
  const cancelled = useRef(false);
  useLayoutEffect(() => input.current?.select(), []);

  const finish = () => {
    const name = input.current?.value.trim() ?? "";
    if (!cancelled.current && name !== "" && (keepUnchanged || name !== value)) onCommit(name);
    onDone();
  };

  return (
    <input
      ref={input}
      className="editable-name"
      aria-label={label}
      defaultValue={value}
      maxLength={maxLength}
      spellCheck={false}
      // It replaces the name that was just activated: focus belongs here.
      // biome-ignore lint/a11y/noAutofocus: focus follows the person's own request to rename
      autoFocus
      onBlur={finish}
      onKeyDown={(event) => {
        if (event.key === "Enter") event.currentTarget.blur();
        if (event.key === "Escape") {
          cancelled.current = true;
          event.currentTarget.blur();
        }
        event.stopPropagation();
      }}
    />
  );
}
