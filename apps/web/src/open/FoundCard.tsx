import { useId, useState } from "react";
import { type Api, errorSentence } from "../api/index.ts";
import { plural } from "../panels/format.ts";
import { hrefOfImage } from "../state/route.ts";
import type { ImageRow } from "../state/rows.ts";
import { Button } from "../ui/Button.tsx";
import { Problem } from "../ui/Problem.tsx";
import { addCollection, addFromSeries, addImage } from "./add-found.ts";
import { factsOf, nameOfType } from "./facts.ts";
import type { Found } from "./look-at.ts";
import { PlacePicture } from "./PlacePicture.tsx";

interface FoundCardProps {
  api: Api;
  found: Found;
  /** The same address is in the list already. */
  known: ImageRow | null;
  onAdded: () => void;
  onCancel: () => void;
}

/** What was found, a name for it, and the button that adds it. */
export function FoundCard({ api, found, known, onAdded, onCancel }: FoundCardProps) {
  const [name, setName] = useState(found.name.slice(0, 200));
  const [chosen, setChosen] = useState<ReadonlySet<string>>(() => firstOf(found));
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const nameId = useId();

  const add = async () => {
    setBusy(true);
    setProblem("");
    try {
      const title = name.trim() || found.name;
      if (found.kind === "series") {
        const images = await addFromSeries(api, found, title, chosen);
        if (images.length > 1) return onAdded();
        location.hash = hrefOfImage(images[0]!.id);
      } else {
        const adding =
          found.kind === "image" ? addImage(api, found, title) : addCollection(api, found, title);
        location.hash = hrefOfImage((await adding).id);
      }
    } catch (error) {
      setProblem(errorSentence(error));
      setBusy(false);
    }
  };

  const several = found.kind === "series" && chosen.size > 1;
  return (
    <section
      className="found"
      aria-label="What is there"
      ref={(card) => card?.scrollIntoView({ block: "nearest" })}
    >
      {found.kind === "image" ? <Image found={found} /> : null}
      {found.kind === "plate" ? <PlateWords found={found} /> : null}
      {found.kind === "series" ? <Series found={found} chosen={chosen} onChosen={setChosen} /> : null}
      {found.kind === "series" ? null : (
        <div className="found-name">
          <label className="label" htmlFor={nameId}>
            Name
          </label>
          <input
            id={nameId}
            className="field"
            value={name}
            maxLength={200}
            spellCheck={false}
            onChange={(event) => setName(event.target.value)}
            onKeyDown={(event) => {
              if (event.key !== "Enter") return;
              event.preventDefault();
              void add();
            }}
          />
        </div>
      )}
      {known ? (
        <p className="way-note">
          It is in the list already: <a href={hrefOfImage(known.id)}>open “{known.name}”</a>.
        </p>
      ) : null}
      <Problem text={problem} />
      <div className="found-actions">
        <Button
          tone="primary"
          disabled={busy || (found.kind === "series" && chosen.size === 0)}
          // It answers the press of Enter or the paste that asked for it.
          autoFocus
          onClick={() => void add()}
        >
          {several ? `Add ${chosen.size} images` : "Add and open"}
        </Button>
        <Button tone="quiet" disabled={busy} onClick={onCancel}>
          Cancel
        </Button>
      </div>
    </section>
  );
}

function firstOf(found: Found): ReadonlySet<string> {
  return new Set(found.kind === "series" ? found.items.slice(0, 1).map(({ url }) => url) : []);
}

function Image({ found }: { found: Extract<Found, { kind: "image" }> }) {
  const { summary, channels, warnings } = found.sight;
  return (
    <div className="found-image">
      <PlacePicture url={found.url} />
      <div className="found-words">
        <ul className="found-facts" aria-label="What it is">
          {[...factsOf(summary), nameOfType(summary.dtype)].map((fact) => (
            <li key={fact}>{fact}</li>
          ))}
        </ul>
        {summary.rgb || channels.length < 2 ? null : <p className="way-note">Channels: {listed(channels)}</p>}
        {found.labels.length > 0 ? <p className="way-note">Labels: {listed(found.labels)}</p> : null}
        {warnings.length > 0 ? <p className="way-note">{warnings.join(" ")}</p> : null}
      </div>
    </div>
  );
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 6).join(", ");
  return names.length > 6 ? `${shown} and ${names.length - 6} more` : shown;
}

function PlateWords({ found }: { found: Extract<Found, { kind: "plate" }> }) {
  const { rows, columns, wells } = found.plate;
  return (
    <p>
      A plate of {rows.length} × {columns.length} wells, {wells.length} of them imaged. Each field becomes an
      image as it is opened.
    </p>
  );
}

interface SeriesProps {
  found: Extract<Found, { kind: "series" }>;
  chosen: ReadonlySet<string>;
  onChosen: (chosen: ReadonlySet<string>) => void;
}

/** Several images at one address: pictures to choose from. */
function Series({ found, chosen, onChosen }: SeriesProps) {
  const { items } = found;
  // Photographs of the glass and of its label are taken only one by one: names are written on them.
  const usual = items.filter(({ associated }) => !associated);
  const all = usual.every(({ url }) => chosen.has(url));
  const toggle = (url: string) => {
    const next = new Set(chosen);
    if (!next.delete(url)) next.add(url);
    onChosen(next);
  };
  return (
    <fieldset className="series">
      <legend className="series-legend">
        {plural(items.length, "image")} in “{found.name}”
        <Button small tone="quiet" onClick={() => onChosen(new Set(all ? [] : usual.map(({ url }) => url)))}>
          {all ? "None" : "All"}
        </Button>
      </legend>
      <div className="places">
        {items.map(({ url, name }) => (
          <label key={url} className="place" data-chosen={chosen.has(url) || undefined}>
            <PlacePicture url={url} />
            <span className="place-name">
              <input type="checkbox" checked={chosen.has(url)} onChange={() => toggle(url)} />
              <span className="truncate">{name}</span>
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
