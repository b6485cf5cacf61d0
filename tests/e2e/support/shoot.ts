import type { Page } from "playwright";

/** Screenshots of both themes, for people to look at: with COSCOPE_SHOTS=folder. */
export async function shoot(page: Page, name: string): Promise<void> {
  const folder = process.env["COSCOPE_SHOTS"];
  if (!folder) return;
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.screenshot({ path: `${folder}/${name.replaceAll("/", "-")}-${colorScheme}.png` });
  }
}
