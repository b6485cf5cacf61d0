import { expect, test } from "vitest";
import { commandsList } from "../session/commands-list.ts";
import type { Workspace } from "../state/workspace.ts";
import { type Entry, paletteEntries } from "./entries.ts";
import { menuGroups, menuTitle } from "./menu.ts";

const store = <T>(value: T) => ({ get: () => value, subscribe: () => () => {} });

/** What entries are made from; `done` records the actions. */
function workspaceWith(selected: unknown[] = []) {
  const done: unknown[][] = [];
  const actions = new Proxy(
    {},
    {
      get:
        (_, name) =>
        (...args: unknown[]) =>
          done.push([name, ...args]),
    },
  );
  const workspace = {
    actions,
    undo: store({ canUndo: true, canRedo: false }),
    source: store({ sizeZ: 1, sizeT: 1, channels: [{ name: "DAPI" }, { name: "" }] }),
    channels: store([{ visible: true }, { visible: false }]),
    classes: store([{ id: "n", name: "Nucleus" }]),
    layers: store([{ row: { id: "l", name: "Annotations", locked: true }, hidden: false }]),
    selection: store(new Set(selected.map((_, i) => `${i}`))),
    selected: store(selected),
  };
  return { workspace: workspace as unknown as Workspace, done };
}

const area = { classId: "n", label: "", locked: false, geometry: { kind: "polygon", plane: { z: 0, t: 0 } } };

function find(entries: readonly Entry[], label: string): Entry {
  const entry = entries.find((one) => one.label === label);
  if (!entry) throw new Error(`No ${label} among ${entries.map((one) => one.label).join(", ")}`);
  return entry;
}

test("commands, tools, classes, layers and channels are there by name, with their keys", () => {
  const { workspace, done } = workspaceWith();
  const entries = paletteEntries(workspace);
  expect(new Set(entries.map(({ id }) => id)).size).toBe(entries.length);
  for (const { id } of commandsList) expect(entries.some((entry) => entry.id === id)).toBe(true);
  expect(find(entries, "Polygon").keys).toEqual(["P"]);
  expect(find(entries, "Class: Nucleus").keys).toEqual(["1"]);
  find(entries, "Class: Nucleus").run();
  find(entries, "Channel: hide DAPI").run();
  find(entries, "Channel: show 2").run();
  find(entries, "Layer: hide Annotations").run();
  find(entries, "Magic wand").run();
  expect(done).toEqual([
    ["setActiveClass", "n"],
    ["setChannelVisible", 0, false],
    ["setChannelVisible", 1, true],
    ["setLayerHidden", "l", true],
    ["setTool", "wand"],
  ]);
});

test("what cannot be done says why", () => {
  const none = paletteEntries(workspaceWith().workspace);
  expect(find(none, "Copy").why).toBe("Nothing is selected");
  expect(find(none, "Redo").why).toBe("Nothing to redo");
  expect(find(none, "Undo").why).toBeNull();
  expect(find(none, "Next z plane").why).toMatch(/one depth/);
  expect(find(none, "Layer: draw on Annotations").why).toMatch(/locked/);
  const one = paletteEntries(workspaceWith([area]).workspace);
  expect(find(one, "Copy").why).toBeNull();
  expect(find(one, "Unite").why).toBe("Select two or more areas");
  expect(find(one, "Copy to the next depth").why).toMatch(/one plane/);
  const depths = { ...workspaceWith([area]).workspace, source: store({ sizeZ: 5, sizeT: 1, channels: [] }) };
  const deep = paletteEntries(depths as unknown as Workspace);
  expect(find(deep, "Copy to the next depth").why).toBeNull();
  expect(find(deep, "Copy to the next time point").why).toBe("The image has one time point");
});

test("the menu of the canvas has what can be done with what is selected, and nothing else", () => {
  const { workspace } = workspaceWith([area]);
  const labels = menuGroups(workspace).map((entries) => entries.map(({ label }) => label));
  expect(labels[0]).toEqual(["Cut", "Copy", "Paste", "Duplicate"]);
  expect(labels.at(-1)).toEqual(["Delete"]);
  expect(labels.flat()).toContain("Fill holes");
  expect(labels.flat()).not.toContain("Unite");
  expect(labels.flat()).not.toContain("Unlock");
  expect(menuTitle(workspace)).toBe("Nucleus");
  const nothing = workspaceWith().workspace;
  expect(menuTitle(nothing)).toBe("Image");
  const offered = menuGroups(nothing)
    .flat()
    .map(({ label }) => label);
  expect(offered).toContain("Whole image");
  expect(offered).not.toContain("Redo");
});
