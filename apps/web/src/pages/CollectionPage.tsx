import { ChevronRight } from "lucide-react";
import { useEffect, useState } from "react";
import { type Api, errorSentence } from "../api/index.ts";
import { CollectionBrowser } from "../open/CollectionBrowser.tsx";
import type { Place } from "../open/collection.ts";
import { hrefOfImage, hrefOfImageList } from "../state/route.ts";
import type { ImageRow } from "../state/rows.ts";
import { Logo } from "../ui/Logo.tsx";

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
        <nav className="crumbs" aria-label="Where you are">
          <a className="home-link" href={hrefOfImageList} aria-label="Coscope: all images">
            <Logo />
          </a>
          <a className="crumb wide-only" href={hrefOfImageList}>
            Images
          </a>
          <ChevronRight className="crumb-arrow wide-only" size={14} aria-hidden />
          <h1 className="crumb-here truncate">{row.name}</h1>
        </nav>
      </header>
      <main className="page-body">
        <div className="page-column">
          {problem ? (
            <p className="problem" role="alert">
              {problem}
            </p>
          ) : null}
          <CollectionBrowser api={api} row={row} onOpen={(place) => void open(place)} />
        </div>
      </main>
    </div>
  );
}
