import { partsOf, rasterise } from "@coscope/annotations/shapes";
import type { Person, Shown, XY } from "./person.ts";
import { iouWith, type TrueObject, type Truth } from "./truth.ts";

/** What the tool that outlines says of itself. */
export const outliningState = (person: Person) =>
  person.page.evaluate(() => window.__coscope!.workspace.prompting.get()!.state.get());

/** An answer to the prompts is shown. */
export async function proposed(person: Person): Promise<void> {
  const answered = person.until("an answer", () => {
    const now = window.__coscope!.workspace.prompting.get()?.state.get();
    if (now?.status.kind === "failed") throw new Error(now.status.text);
    return now?.proposed === true && now.candidates > 0;
  });
  await answered.catch(async (cause: unknown) => {
    throw new Error(`No answer: ${JSON.stringify(await outliningState(person))}`, { cause });
  });
}

/** All annotations, once there are so many. */
export async function outlined(person: Person, count: number): Promise<Shown[]> {
  await person.until(`${count} annotations`, (n) => window.__coscope!.annotations().length === n, count);
  return person.annotations();
}

interface ModelRow {
  readonly id: string;
  readonly encoder: { readonly sha256: string };
  readonly decoder: { readonly sha256: string };
}

/** What GET /api/models says. */
export async function modelRows(person: Person): Promise<ModelRow[]> {
  return person.page.evaluate(async () => (await fetch("/api/models")).json());
}

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
