import { Plus } from "lucide-react";
import { useCallback, useEffect, useState } from "react";
import { type Api, errorSentence, isApiError } from "../api/index.ts";
import { useTriesAgain } from "../hooks/use-tries-again.ts";
import { plural } from "../panels/format.ts";
import { Profile } from "../panels/Profile.tsx";
import type { ImageRow, User } from "../state/rows.ts";
import { Avatar } from "../ui/Avatar.tsx";
import { Button } from "../ui/Button.tsx";
import { Logo } from "../ui/Logo.tsx";
import { Pop } from "../ui/Pop.tsx";
import { Problem } from "../ui/Problem.tsx";
import { Spinner } from "../ui/Spinner.tsx";
import { imagesChanged } from "../upload/changed.ts";
import { AddImage } from "./AddImage.tsx";
import { ImageCard } from "./ImageCard.tsx";
import { type ImageOrder, listedImages, searchImages, sortImages } from "./image-list.ts";

/** A search is worth its place from here on. */
const MANY = 8;

type Listing =
  | { kind: "loading" }
  | { kind: "ready"; images: readonly ImageRow[] }
  | { kind: "failed"; text: string };

interface ImagesPageProps {
  api: Api;
  user: User;
  onUser: (user: User) => void;
}

/** All images, and the ways to get more. */
export function ImagesPage({ api, user, onUser }: ImagesPageProps) {
  const [listing, setListing] = useState<Listing>({ kind: "loading" });

  const load = useCallback(
    async (signal?: AbortSignal) => {
      try {
        setListing({ kind: "ready", images: await api.images(signal) });
      } catch (error) {
        if (isApiError(error, "aborted")) return;
        // A list that is there stays: a moment without network is no reason to take it away.
        setListing((now) => (now.kind === "ready" ? now : { kind: "failed", text: errorSentence(error) }));
      }
    },
    [api],
  );

  useTriesAgain(listing.kind === "failed", () => void load());

  // What people upload, here and elsewhere, shows by itself.
  useEffect(() => imagesChanged.subscribe(() => void load()), [load]);

  useEffect(() => {
    document.title = "Images · Coscope";
    const stop = new AbortController();
    void load(stop.signal);
    // Images come in from the command line too: who returns to this tab sees them.
    const onReturn = () => document.visibilityState === "visible" && void load(stop.signal);
    document.addEventListener("visibilitychange", onReturn);
    return () => {
      stop.abort();
      document.removeEventListener("visibilitychange", onReturn);
    };
  }, [load]);

  return (
    <div className="page">
      <header className="top-bar">
        <span className="brand">
          <Logo />
          Coscope
        </span>
        <Me api={api} user={user} onUser={onUser} />
      </header>
      <main className="page-body">
        <div className="page-column">
          <div className="page-head">
            <h1 className="page-title">Images</h1>
            <Button onClick={() => document.getElementById("image-url")?.focus()}>
              <Plus size={15} aria-hidden />
              Add an image
            </Button>
          </div>
          <Content listing={listing} api={api} userId={user.id} onChange={() => void load()} />
          <AddImage
            api={api}
            images={listing.kind === "ready" ? listing.images : []}
            onAdded={() => void load()}
          />
        </div>
      </main>
    </div>
  );
}

/** One's own name, colour and theme. */
function Me({ api, user, onUser }: ImagesPageProps) {
  const [problem, setProblem] = useState("");
  const change = async (part: { name?: string; color?: string }) => {
    setProblem("");
    try {
      onUser((await api.updateSession(part)).user);
    } catch (error) {
      setProblem(errorSentence(error));
    }
  };
  return (
    <Pop
      title="You"
      align="end"
      className="people-pop"
      trigger={
        <button type="button" className="people-self">
          <span className="truncate">
            <span className="visually-hidden">You are </span>
            {user.name}
          </span>
          <Avatar name={user.name} color={user.color} />
        </button>
      }
    >
      <Profile user={user} onChange={(part) => void change(part)} />
      <Problem text={problem} />
    </Pop>
  );
}

interface ContentProps {
  listing: Listing;
  api: Api;
  userId: string;
  onChange: () => void;
}

function Content({ listing, api, userId, onChange }: ContentProps) {
  const [query, setQuery] = useState("");
  const [order, setOrder] = useState<ImageOrder>("newest");
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
  const images = listedImages(listing.images);
  if (images.length === 0) {
    return (
      <div className="page-empty">
        <p>No images yet. Paste an address or import a file below.</p>
      </div>
    );
  }
  const shown = sortImages(searchImages(images, query), order);
  return (
    <>
      {images.length > MANY ? (
        <search className="image-search">
          <input
            className="field"
            type="search"
            aria-label="Search images"
            placeholder="Search by name, address or person"
            value={query}
            onChange={(event) => setQuery(event.target.value)}
          />
          <select
            className="field"
            aria-label="Order"
            value={order}
            onChange={(event) => setOrder(event.target.value as ImageOrder)}
          >
            <option value="newest">Newest first</option>
            <option value="name">By name</option>
          </select>
          <span className="visually-hidden" role="status">
            {query ? plural(shown.length, "image") : ""}
          </span>
        </search>
      ) : null}
      {shown.length === 0 ? (
        <p className="way-note">No image matches “{query}”.</p>
      ) : (
        <ul className="image-grid">
          {shown.map((image) => (
            <ImageCard key={image.id} image={image} api={api} userId={userId} onChange={onChange} />
          ))}
        </ul>
      )}
    </>
  );
}
