import type { Workspace } from "../state/workspace.ts";
import { type Chord, chordOf } from "./chord.ts";
import { watchLastTool } from "./last-tool.ts";
import { currentKeys, keysOfPerson } from "./own-keys.ts";
import { installPaste } from "./paste.ts";
import type { KeyBinding } from "./table.ts";

/** Where the focus is, as far as keys care. */
export type Focus = "canvas" | "panel" | "typing" | "dialog";

/** Keys that controls need for themselves, whatever has focus in a panel. */
const CONTROL_KEYS = new Set(["Enter", "Space", "Tab", "Home", "End", "PageUp", "PageDown"]);

/** Listens to the keyboard for one workspace; returns what stops it. */
export function installKeys(workspace: Workspace, canvas: HTMLElement): () => void {
  keysOfPerson(workspace.user.get().id);
  const stopWatching = watchLastTool(workspace.tool);
  const held = new Map<string, { binding: KeyBinding; sinceMs: number }>();

  function onKeyDown(event: KeyboardEvent): void {
    if (event.isComposing || event.defaultPrevented) return;
    tellModifiers(event);
    const binding = bindingFor(chordOf(event), focusOf(document.activeElement, canvas));
    if (!binding) return;
    if (binding.native || binding.when?.(workspace) === false) return;
    event.preventDefault();
    if (event.repeat && !binding.repeat) return;
    if (binding.release) held.set(event.code, { binding, sinceMs: event.timeStamp });
    binding.run(workspace);
  }

  function onKeyUp(event: KeyboardEvent): void {
    tellModifiers(event);
    const press = held.get(event.code);
    held.delete(event.code);
    press?.binding.release?.(workspace, event.timeStamp - press.sinceMs);
  }

  function tellModifiers(event: KeyboardEvent): void {
    if (!/^(?:Shift|Alt|Control|Meta)$/.test(event.key)) return;
    const { shiftKey, altKey, ctrlKey, metaKey } = event;
    workspace.canvas.modifiers({ shift: shiftKey, alt: altKey, ctrl: ctrlKey || metaKey });
  }

  const stopPasting = installPaste(workspace, () => focusOf(document.activeElement, canvas) === "canvas");
  addEventListener("keydown", onKeyDown);
  addEventListener("keyup", onKeyUp);
  return () => {
    stopWatching();
    stopPasting();
    removeEventListener("keydown", onKeyDown);
    removeEventListener("keyup", onKeyUp);
  };
}

/** The binding that a chord means there, or null. */
export function bindingFor(
  chord: Chord,
  focus: Focus,
  table: readonly KeyBinding[] = currentKeys.get(),
): KeyBinding | null {
  if (focus === "typing" || focus === "dialog") return null;
  return (
    table.find(({ keys, scope }) => {
      if (!keys.includes(chord)) return false;
      if (focus === "canvas") return scope === "canvas" || scope === "global";
      return scope === "global" && !CONTROL_KEYS.has(chord) && !chord.startsWith("Arrow");
    }) ?? null
  );
}

function focusOf(element: Element | null, canvas: HTMLElement): Focus {
  if (!element || element === document.body || canvas.contains(element)) return "canvas";
  if (element.closest("[role=dialog], [role=alertdialog], [role=menu], [role=listbox], dialog"))
    return "dialog";
  return isTyping(element) ? "typing" : "panel";
}

function isTyping(element: Element): boolean {
  if (element instanceof HTMLInputElement) {
    return !["button", "checkbox", "radio", "range", "color", "submit", "reset"].includes(element.type);
  }
  if (element instanceof HTMLTextAreaElement || element instanceof HTMLSelectElement) return true;
  return element instanceof HTMLElement && element.isContentEditable;
}
