import axe from "axe-core";
import type { Page } from "playwright";
import { expect } from "vitest";

/** What people meet as a barrier; `minor` and `moderate` are matters of taste. */
const SERIOUS = ["serious", "critical"];

/** Fails when axe finds a serious or critical violation in what is on screen, in either theme. */
export async function expectAccessible(page: Page, where: string): Promise<void> {
  for (const colorScheme of ["dark", "light"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    // Evaluated, not added as a script: the page's own policy forbids foreign scripts, rightly.
    await page.evaluate(axe.source);
    const found = await page.evaluate(async (serious) => {
      const { violations } = await (window as unknown as { axe: typeof axe }).axe.run(document, {
        resultTypes: ["violations"],
      });
      return violations
        .filter(({ impact }) => serious.includes(impact ?? ""))
        .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`);
    }, SERIOUS);
    expect(found, `axe on ${where}, ${colorScheme}`).toEqual([]);
  }
}
