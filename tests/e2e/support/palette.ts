import { expect } from "vitest";
import type { Person } from "./person.ts";

/** Types it into the palette and takes what is found first, which is to be that. */
export async function command(person: Person, typed: string, found: RegExp): Promise<void> {
  const { page } = person;
  await person.key("Control+k");
  const field = page.getByRole("combobox", { name: "Find a command" });
  await field.fill(typed);
  await expect.poll(() => page.locator("[role=option][data-highlighted]").textContent()).toMatch(found);
  await page.keyboard.press("Enter");
  await field.waitFor({ state: "detached" });
}
