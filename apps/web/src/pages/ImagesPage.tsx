import { useCallback, useEffect, useState } from "react";
import { type Api, errorSentence, isApiError } from "../api/index.ts";
import type { ImageRow, User } from "../state/rows.ts";
import { Avatar } from "../ui/Avatar.tsx";
import { Button } from "../ui/Button.tsx";
import { Logo } from "../ui/Logo.tsx";
import { Spinner } from "../ui/Spinner.tsx";
import { AddImage } from "./AddImage.tsx";
import { ImageCard } from "./ImageCard.tsx";

type Listing =
  | { kind: "loading" }
  | { kind: "ready"; images: readonly ImageRow[] }
  | { kind: "failed"; text: string };

/** All images, and the ways to get more. */
export function ImagesPage({ api, user }: { api: Api; user: User }) {
  const [listing, setListing] = useState<Listing>({ kind: "loading" });

  const load = useCallback(
    async (signal?: AbortSignal) => {
      try {
        setListing({ kind: "ready", images: await api.images(signal) });
      } catch (error) {
        if (!isApiError(error, "aborted")) setListing({ kind: "failed", text: errorSentence(error) });
      }
    },
    [api],
  );

  useEffect(() => {
    document.title = "Images · Coscope";
    const stop = new AbortController();
    void load(stop.signal);
    return () => stop.abort();
  }, [load]);

  return (
    <div className="page">
      <header className="top-bar">
        <span className="brand">
          <Logo />
          Coscope
        </span>
        <span className="brand-person">
          <span className="truncate">{user.name}</span>
          <Avatar name={user.name} color={user.color} />
        </span>
      </header>
      <main className="page-body">
        <div className="page-column">
          <h1 className="page-title">Images</h1>
          <Content listing={listing} api={api} onChange={() => void load()} />
          <AddImage api={api} />
        </div>
      </main>
    </div>
  );
}

interface ContentProps {
  listing: Listing;
  api: Api;
  onChange: () => void;
}

function Content({ listing, api, onChange }: ContentProps) {
  if (listing.kind === "loading") {
    return (
      <div className="page-waiting">
        <Spinner label="Loading the images" size={20} />
      </div>
    );
  }
  if (listing.kind === "failed") {
    return (
      <div className="page-empty" role="alert">
        <p>{listing.text}</p>
        <Button onClick={onChange}>Try again</Button>
      </div>
    );
  }
  if (listing.images.length === 0) {
    return (
      <div className="page-empty">
        <p>No images yet. Paste an address or import a file below.</p>
      </div>
    );
  }
  return (
    <ul className="image-grid">
      {listing.images.map((image) => (
        <ImageCard key={image.id} image={image} api={api} onChange={onChange} />
      ))}
    </ul>
  );
}
