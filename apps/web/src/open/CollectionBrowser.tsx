import { useEffect, useState } from "react";
import type { Api } from "../api/index.ts";
import { formatCount, plural } from "../panels/format.ts";
import { describeOpenError } from "../session/open-errors.ts";
import { whyNot } from "../session/why-not.ts";
import type { ImageRow } from "../state/rows.ts";
import { Button } from "../ui/Button.tsx";
import { Spinner } from "../ui/Spinner.tsx";
import {
  type Collection,
  fieldsOf,
  membersOf,
  openCollection,
  type Place,
  type Well,
  wellOf,
} from "./collection.ts";
import { PlacesList } from "./PlacesList.tsx";
import { PlateMap } from "./PlateMap.tsx";
import { keepPicture } from "./pictures.ts";

interface CollectionBrowserProps {
  api: Api;
  row: ImageRow;
  /** Path of the image that is open. */
  current?: string;
  onOpen: (place: Place) => void;
}

type State =
  | { readonly kind: "loading" }
  | { readonly kind: "ready"; readonly collection: Collection }
  | { readonly kind: "failed"; readonly text: string };

/** What lies in a series or plate, to choose from. */
export function CollectionBrowser({ api, row, current, onOpen }: CollectionBrowserProps) {
  const [state, setState] = useState<State>({ kind: "loading" });
  const [members, setMembers] = useState<ReadonlyMap<string, ImageRow>>(new Map());
  const [attempt, setAttempt] = useState(0);

  useEffect(() => {
    const stop = new AbortController();
    setState({ kind: "loading" });
    openCollection(row.url).then(
      (collection) => {
        if (stop.signal.aborted) return;
        if (collection) setState({ kind: "ready", collection });
        else setState({ kind: "failed", text: "This address holds one image only." });
      },
      async (error: unknown) => {
        const { title, text, next } = await whyNot(error, row);
        if (stop.signal.aborted) return;
        setState({ kind: "failed", text: `${title}. ${text} ${next}` });
      },
    );
    api.images(stop.signal).then(
      (images) => setMembers(membersOf(images, row.id)),
      () => {},
    );
    return () => stop.abort();
  }, [api, row.id, row.url, attempt]);

  if (state.kind === "loading") {
    return (
      <div className="page-waiting">
        <Spinner label="Looking at what is there" size={20} />
      </div>
    );
  }
  if (state.kind === "failed") {
    return (
      <div className="page-empty" role="alert">
        <p>{state.text}</p>
        <Button onClick={() => setAttempt((count) => count + 1)}>Try again</Button>
      </div>
    );
  }
  const { collection } = state;
  const shared = { members, onOpen, ...(current === undefined ? {} : { current }) };
  if (collection.kind === "series") {
    return <PlacesList places={collection.places} label={`Images in ${row.name}`} {...shared} />;
  }
  return <PlateBrowser api={api} row={row} collection={collection} {...shared} />;
}

interface PlateBrowserProps {
  api: Api;
  row: ImageRow;
  collection: Extract<Collection, { kind: "plate" }>;
  members: ReadonlyMap<string, ImageRow>;
  current?: string;
  onOpen: (place: Place) => void;
}

/** The map of the plate, and the fields of the well that was pressed. */
function PlateBrowser({ api, row, collection, members, current, onOpen }: PlateBrowserProps) {
  const { plate, wells } = collection;
  const [well, setWell] = useState<Well | null>(
    () => (current === undefined ? null : wellOf(wells, current)) ?? wells[0] ?? null,
  );
  const [fields, setFields] = useState<{ well: Well; places: readonly Place[] } | null>(null);
  const [problem, setProblem] = useState("");

  useEffect(() => {
    if (!well) return;
    let gone = false;
    setProblem("");
    fieldsOf(well).then(
      (places) => {
        if (gone) return;
        setFields({ well, places });
        // The plate is shown by its first field.
        if (places[0]) void keepPicture(api, row, places[0].url);
      },
      (error: unknown) => !gone && setProblem(describeOpenError(error, well.url).text),
    );
    return () => {
      gone = true;
    };
  }, [api, row, well]);

  const visited = new Set([...members.keys()].map((path) => path.split("/").slice(0, -1).join("/")));
  const shown = fields?.well === well ? fields : null;
  return (
    <div className="plate">
      <p className="way-note">
        {formatCount(wells.length)} of {plate.rows.length} × {plate.columns.length} wells were imaged
        {visited.size > 0 ? `; in ${plural(visited.size, "well")} somebody has opened a field` : ""}.
      </p>
      <div className="plate-scroll">
        <PlateMap plate={plate} wells={wells} current={well} visited={visited} onWell={setWell} />
      </div>
      {well ? (
        <section className="plate-fields" aria-label={`Fields of well ${well.name}`}>
          <h2 className="page-subtitle">Well {well.name}</h2>
          {problem ? (
            <p className="problem" role="alert">
              {problem}
            </p>
          ) : shown ? (
            <PlacesList
              places={shown.places}
              members={members}
              label={`Fields of well ${well.name}`}
              onOpen={onOpen}
              {...(current === undefined ? {} : { current })}
            />
          ) : (
            <Spinner label="Looking into the well" size={16} />
          )}
        </section>
      ) : (
        <p className="way-note">No well of this plate was imaged.</p>
      )}
    </div>
  );
}
