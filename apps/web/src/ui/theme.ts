import { createRemembered } from "./remembered.ts";

export type Theme = "system" | "dark" | "light";

const themes: readonly unknown[] = ["system", "dark", "light"];

/** The person's choice; "system" follows the computer. */
export const theme = createRemembered<Theme>("theme", "system", (found): found is Theme =>
  themes.includes(found),
);

/** Keeps `data-theme` of the page in step with the choice; `tokens.css` does the rest. */
export function applyTheme(): () => void {
  const apply = () => {
    const choice = theme.get();
    if (choice === "system") delete document.documentElement.dataset["theme"];
    else document.documentElement.dataset["theme"] = choice;
  };
  apply();
  return theme.subscribe(apply);
}
