import { X } from "lucide-react";
import { useEffect, useState } from "react";
import { isApiError } from "../api/index.ts";
import { useStore } from "../hooks/use-store.ts";
import { api } from "../pages/boot.ts";
import { type ImageName, strandedNote, strandedText, whoseChanges } from "../panels/stranded-words.ts";
import {
  adoptStrandedWork,
  discardStrandedWork,
  type StrandedWork,
  strandedOpen,
} from "../session/stranded-work.ts";
import { hrefOfImage, parseRoute } from "../state/route.ts";
import type { User } from "../state/rows.ts";
import { Button } from "../ui/Button.tsx";
import { IconButton } from "../ui/IconButton.tsx";
import { Pop, PopClose } from "../ui/Pop.tsx";
import { saveFile } from "../ui/save-file.ts";
import { lookForStrandedWork, outboxOnDisk, useStrandedWork } from "./use-stranded.ts";
import "./stranded.css";

/** Says what somebody else left unsent in this browser, and what can be done about it. Nothing is done by itself. */
export function StrandedCard({ user }: { user: User }) {
  const works = useStrandedWork(user.id);
  const open = useStore(strandedOpen);
  if (works.length === 0 || !open) return null;
  return (
    <section className="stranded" aria-label="Changes that were never sent">
      <span className="visually-hidden" role="status">
        {works.map((work) => strandedText(work, undefined)).join(" ")}
      </span>
      <ul className="stranded-list">
        {works.map((work) => (
          <StrandedItem key={`${work.userId} ${work.imageId}`} work={work} user={user} />
        ))}
      </ul>
      <IconButton small label="Not now" onClick={() => leave(() => strandedOpen.set(false))}>
        <X size={14} aria-hidden />
      </IconButton>
    </section>
  );
}

function StrandedItem({ work, user }: { work: StrandedWork; user: User }) {
  const image = useImageName(work.imageId);
  const [problem, setProblem] = useState("");
  const run = async (act: () => Promise<void>) => {
    try {
      await act();
      await lookForStrandedWork(user.id);
    } catch {
      setProblem("That did not work now. Try again.");
    }
  };
  const adopt = () =>
    run(async () => {
      await adoptStrandedWork(await outboxOnDisk(), work, user.id);
      // They are sent from where they belong.
      if (parseRoute(location.hash).imageId !== work.imageId) location.hash = hrefOfImage(work.imageId);
    });
  const save = () =>
    run(async () => {
      const [{ fileOf }, classes] = await Promise.all([import("./file-of.ts"), classesOf(work.imageId)]);
      saveFile(`${image ?? "coscope"} - not sent.geojson`, await fileOf(work.entries, classes));
    });
  const discard = () => run(async () => discardStrandedWork(await outboxOnDisk(), work));
  const whose = whoseChanges(work);
  return (
    <li>
      <p className="stranded-text">{strandedText(work, image)}</p>
      <p className="stranded-note">{problem || strandedNote(work, image)}</p>
      <div className="stranded-actions">
        {work.mayAdopt && image !== null ? (
          <Button small tone="primary" onClick={() => leave(() => void adopt())}>
            Add {work.entries.length === 1 ? "it" : "them"} as yours
          </Button>
        ) : null}
        <Button small onClick={() => void save()}>
          Save as file
        </Button>
        <Pop
          title={`Discard ${whose}?`}
          trigger={
            <Button small tone="quiet">
              Discard
            </Button>
          }
        >
          <p className="pop-text">This browser has the only copy: nobody can bring it back.</p>
          <div className="pop-actions">
            <PopClose render={<Button small tone="quiet" />}>Cancel</PopClose>
            <PopClose render={<Button small tone="danger" />} onClick={() => leave(() => void discard())}>
              Discard
            </PopClose>
          </div>
        </Pop>
      </div>
    </li>
  );
}

/** Focus must not be lost with what is pressed. */
function leave(act: () => void): void {
  document.querySelector<HTMLElement>(".canvas")?.focus();
  act();
}

function useImageName(imageId: string): ImageName {
  const [name, setName] = useState<ImageName>(undefined);
  useEffect(() => {
    const stop = new AbortController();
    api.image(imageId, stop.signal).then(
      (image) => setName(image.name),
      (error: unknown) => {
        if (isApiError(error) && error.status === 404) setName(null);
      },
    );
    return () => stop.abort();
  }, [imageId]);
  return name;
}

/** Names for the file; without the server it is written without them. */
async function classesOf(imageId: string) {
  try {
    return await api.classes((await api.image(imageId)).projectId);
  } catch {
    return [];
  }
}
