import { expect, test } from "vitest";
import { type Action, type Actor, ANONYMOUS, can, type Role } from "./can.ts";

const ACTIONS: Action[] = [
  "view",
  "annotate",
  "manage-views",
  "manage-layers",
  "manage-classes",
  "manage-images",
  "manage-connections",
];
const here = { kind: "layer", workspaceId: "w1" } as const;

function someone(role?: Role): Actor {
  return {
    user: { id: "u", name: "U", color: "#000000", guest: true },
    roles: new Map(role ? [["w1", role]] : []),
  };
}

test.each<[Role | undefined, Action[]]>([
  ["owner", ACTIONS],
  ["editor", ACTIONS],
  ["annotator", ["view", "annotate", "manage-views"]],
  ["viewer", ["view"]],
  [undefined, []],
])("role %s", (role, allowed) => {
  expect(ACTIONS.filter((action) => can(someone(role), action, here))).toEqual(allowed);
});

test("nobody may do anything without a session", () => {
  expect(ACTIONS.some((action) => can(ANONYMOUS, action, here))).toBe(false);
  expect(can({ user: null, roles: new Map([["w1", "owner"]]) }, "view", here)).toBe(false);
});

test("a role counts in its own workspace only", () => {
  expect(can(someone("owner"), "view", { kind: "image", workspaceId: "w2" })).toBe(false);
});
