import { useEffect } from "react";
import { useWorkspace } from "../panels/workspace-context.ts";
import { numberFromHex } from "../ui/color.ts";
import type { FilePreview } from "./messages.ts";
import { type ClassChoice, colorOfNew } from "./plan.ts";

/** As the canvas draws what has no class. */
const UNCLASSIFIED = 0xd0d4da;

/** Shows what is in the file on the image, in the colours that it would get. */
export function usePreview(
  { sample, summary }: FilePreview,
  choices: ReadonlyMap<string, ClassChoice>,
  shown: boolean,
): void {
  const { importing, classes } = useWorkspace();
  useEffect(() => {
    if (!shown) return;
    const rows = new Map(classes.get().map(({ id, color }) => [id, color]));
    const colors = new Map(
      summary.classes.map(({ name, color }, i): [string, number] => {
        const choice = choices.get(name);
        const hex =
          choice?.kind === "class"
            ? rows.get(choice.id)
            : choice?.kind === "new"
              ? colorOfNew(color, rows.size + i)
              : undefined;
        return [name, hex === undefined ? UNCLASSIFIED : numberFromHex(hex)];
      }),
    );
    importing.preview(
      sample.map(({ geometry, className }) => ({
        geometry,
        color: (className === null ? undefined : colors.get(className)) ?? UNCLASSIFIED,
      })),
    );
    return () => importing.preview(null);
  }, [sample, summary, choices, shown, importing, classes]);
}
