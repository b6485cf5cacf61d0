import type { ImageRow } from "../state/rows.ts";
import type { Place } from "./collection.ts";
import { PlacePicture } from "./PlacePicture.tsx";
import "./open.css";

interface PlacesListProps {
  places: readonly Place[];
  /** Images that somebody has opened, by path. */
  members: ReadonlyMap<string, ImageRow>;
  /** Path of the one that is open. */
  current?: string;
  label: string;
  onOpen: (place: Place) => void;
}

/** Images of a series, or fields of a well: pictures to press. */
export function PlacesList({ places, members, current, label, onOpen }: PlacesListProps) {
  return (
    <ul className="places" aria-label={label}>
      {places.map((place) => {
        const member = members.get(place.path);
        return (
          <li key={place.path}>
            <button
              type="button"
              className="place"
              aria-current={place.path === current ? "true" : undefined}
              onClick={() => onOpen(place)}
            >
              <PlacePicture url={place.url} preview={member?.preview} />
              <span className="place-name truncate">{member?.name ?? place.name}</span>
            </button>
          </li>
        );
      })}
    </ul>
  );
}
