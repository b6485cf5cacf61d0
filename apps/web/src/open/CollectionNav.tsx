import { ChevronLeft, ChevronRight, Grid3x3, LayoutGrid } from "lucide-react";
import { useEffect, useState } from "react";
import { createApi } from "../api/index.ts";
import { useStore } from "../hooks/use-store.ts";
import { keysOf } from "../panels/key-labels.ts";
import { useWorkspace } from "../panels/workspace-context.ts";
import { hrefOfImage } from "../state/route.ts";
import type { ImageRow } from "../state/rows.ts";
import { IconButton } from "../ui/IconButton.tsx";
import { Pop } from "../ui/Pop.tsx";
import { CollectionBrowser } from "./CollectionBrowser.tsx";
import "./open.css";

const api = createApi();

/** The series or plate around the open image: its name, the neighbours, and a map to go elsewhere. */
export function CollectionNav({ collectionId }: { collectionId: string }) {
  const { image, actions } = useWorkspace();
  const path = useStore(image, (row) => row.path);
  const [collection, setCollection] = useState<ImageRow | null>(null);

  useEffect(() => {
    const stop = new AbortController();
    api.image(collectionId, stop.signal).then(
      (row) => !stop.signal.aborted && setCollection(row),
      // Without it there is no way to the neighbours; the image itself is here.
      () => {},
    );
    return () => stop.abort();
  }, [collectionId]);

  if (!collection) return null;
  const isPlate = collection.kind === "plate";
  return (
    <span className="collection-nav">
      <a className="crumb truncate" href={hrefOfImage(collection.id)} title={collection.name}>
        {collection.name}
      </a>
      <IconButton
        small
        label={isPlate ? "Previous field" : "Previous image"}
        keys={keysOf("collection.previous")}
        onClick={() => void actions.openNeighbour(-1)}
      >
        <ChevronLeft size={15} aria-hidden />
      </IconButton>
      <Pop
        title={isPlate ? "Plate" : "Series"}
        showTitle={false}
        className="collection-pop"
        trigger={
          <IconButton small label={isPlate ? "Map of the plate" : "Images of the series"}>
            {isPlate ? <Grid3x3 size={15} aria-hidden /> : <LayoutGrid size={15} aria-hidden />}
          </IconButton>
        }
      >
        <CollectionBrowser
          api={api}
          row={collection}
          current={path}
          onOpen={(place) => void actions.openPlace(place)}
        />
      </Pop>
      <IconButton
        small
        label={isPlate ? "Next field" : "Next image"}
        keys={keysOf("collection.next")}
        onClick={() => void actions.openNeighbour(1)}
      >
        <ChevronRight size={15} aria-hidden />
      </IconButton>
    </span>
  );
}
