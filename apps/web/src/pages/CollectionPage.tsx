import { useEffect, useState } from "react";
import { type Api, errorSentence } from "../api/index.ts";
import { CollectionBrowser } from "../open/CollectionBrowser.tsx";
import type { Place } from "../open/collection.ts";
import { Crumbs } from "../panels/Crumbs.tsx";
import { hrefOfImage } from "../state/route.ts";
import type { ImageRow } from "../state/rows.ts";
import { Problem } from "../ui/Problem.tsx";

/** A series or plate: what lies in it, to choose from. Annotations belong to its images. */
export function CollectionPage({ api, row }: { api: Api; row: ImageRow }) {
  const [problem, setProblem] = useState("");
  useEffect(() => {
    document.title = `${row.name} · Coscope`;
  }, [row.name]);
  const open = async (place: Place) => {
    setProblem("");
    try {
      location.hash = hrefOfImage((await api.openMember(row.id, place)).id);
    } catch (error) {
      setProblem(errorSentence(error));
    }
  };
  return (
    <div className="page">
      <header className="top-bar">
        <Crumbs name={row.name} />
      </header>
      <main className="page-body">
        <div className="page-column">
          <Problem text={problem} />
          <CollectionBrowser api={api} row={row} onOpen={(place) => void open(place)} />
        </div>
      </main>
    </div>
  );
}
