import { partsOf, rasterise } from "@coscope/annotations/shapes";
import type { Person, XY } from "./person.ts";
import { iouWith, type TrueObject, type Truth } from "./truth.ts";

/** What the tool that outlines says of itself. */
export const outliningState = (person: Person) =>
  person.page.evaluate(() => window.__coscope!.workspace.prompting.get()!.state.get());

/** A click, and what it comes to: the words of its failure, or that there is an answer. */
export async function clickTried(person: Person, place: XY): Promise<string> {
  await person.key("Escape");
  await person.click(place);
  await person.until("an end", () => {
    const now = window.__coscope!.workspace.prompting.get()?.state.get();
    return now?.status.kind === "failed" || (now?.candidates ?? 0) > 0;
  });
  const { status } = await outliningState(person);
  return status.kind === "failed" ? status.text : "outlined";
}

/** A click and Enter; how well what is kept covers the object. */
export async function clickKept(person: Person, truth: Truth, one: TrueObject): Promise<number> {
  const said = await clickTried(person, one);
  if (said !== "outlined") throw new Error(said);
  const before = (await person.annotations()).map(({ id }) => id);
  await person.key("Enter");
  await person.until("it is kept", (n) => window.__coscope!.annotations().length > n, before.length);
  const kept = (await person.annotations()).find(({ id }) => !before.includes(id))!;
  return iouWith(truth, one.label, rasterise(partsOf(kept.geometry), truth).data);
}
