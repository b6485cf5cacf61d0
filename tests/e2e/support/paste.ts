import type { Page } from "playwright";

/** Goes to the list of images and pastes there, as a person does: through the clipboard, with the keys. */
export async function paste(page: Page, origin: string, text: string): Promise<void> {
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"], { origin });
  if (!page.url().endsWith("/#")) await page.goto(`${origin}/#`);
  const field = page.getByLabel("Address of an image");
  await field.fill("");
  await page.evaluate((words) => navigator.clipboard.writeText(words), text);
  await field.focus();
  await page.keyboard.press("Control+v");
}

/** The name of what has focus, as a screen reader says it. */
export function focused(page: Page): Promise<string> {
  return page.evaluate(() => {
    const element = document.activeElement;
    return element?.getAttribute("aria-label") ?? element?.textContent ?? "";
  });
}
