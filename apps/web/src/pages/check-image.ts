import { openImage } from "@coscope/viewer/source";
import { describeOpenError } from "../session/open-errors.ts";

/** Reads an image's description as the canvas would; says in plain sentences why that does not work. */
export async function checkImage(
  url: string,
): Promise<{ ok: true; name: string } | { ok: false; problem: string }> {
  try {
    const source = await openImage(url);
    source.close?.();
    return { ok: true, name: source.name };
  } catch (error) {
    const { title, text, next } = describeOpenError(error, url);
    return { ok: false, problem: `${title}. ${text} ${next}` };
  }
}
