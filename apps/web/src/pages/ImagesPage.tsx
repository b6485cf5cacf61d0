import { useCallback, useEffect, useState } from "react";
import { type Api, errorSentence, isApiError } from "../api/index.ts";
import { Profile } from "../panels/Profile.tsx";
import type { ImageRow, User } from "../state/rows.ts";
import { Avatar } from "../ui/Avatar.tsx";
import { Button } from "../ui/Button.tsx";
import { Logo } from "../ui/Logo.tsx";
import { Pop } from "../ui/Pop.tsx";
import { Spinner } from "../ui/Spinner.tsx";
import { AddImage } from "./AddImage.tsx";
import { ImageCard } from "./ImageCard.tsx";

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
          <h1 className="page-title">Images</h1>
          <Content listing={listing} api={api} onChange={() => void load()} />
          <AddImage api={api} />
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
      {problem ? (
        <p className="problem" role="alert">
          {problem}
        </p>
      ) : null}
    </Pop>
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
