import { ChevronDown, ChevronUp, X } from "lucide-react";
import { useState } from "react";
import { useStore } from "../hooks/use-store.ts";
import { hrefOfImage } from "../state/route.ts";
import { IconButton } from "../ui/IconButton.tsx";
import { uploads } from "./manager.ts";
import { isOver, type UploadItem } from "./rows.ts";
import { inWords, wordsOf } from "./words.ts";

const SHOWN_IMAGES = 6;

/** What is on its way, and what became of it. */
export function UploadCard() {
  const items = useStore(uploads.items);
  const said = useStore(uploads.said);
  const [open, setOpen] = useState(true);
  const busy = items.filter((item) => !isOver(item)).length;
  const title =
    busy > 0
      ? `Adding ${busy === 1 ? "one image" : `${busy} images`}`
      : items.length > 0
        ? "Added"
        : "Add images";
  return (
    <>
      <p className="visually-hidden" role="status">
        {said}
      </p>
      {items.length === 0 ? null : (
        <section className="upload-card" aria-label="Uploads">
          <header className="upload-head">
            <h2 className="upload-title">{title}</h2>
            <IconButton
              small
              label={open ? "Fold the list of uploads" : "Unfold the list of uploads"}
              aria-expanded={open}
              onClick={() => setOpen(!open)}
            >
              {open ? <ChevronDown size={16} aria-hidden /> : <ChevronUp size={16} aria-hidden />}
            </IconButton>
            {busy === 0 ? (
              <IconButton small label="Close the list of uploads" onClick={() => uploads.clearOver()}>
                <X size={16} aria-hidden />
              </IconButton>
            ) : null}
          </header>
          {open ? (
            <ul className="upload-list">
              {inOrder(items).map((item) => (
                <Row key={item.key} item={item} />
              ))}
            </ul>
          ) : null}
        </section>
      )}
    </>
  );
}

/** What goes on, what went wrong, what is there. */
function inOrder(items: readonly UploadItem[]): UploadItem[] {
  const rank = (item: UploadItem) => (isOver(item) ? (item.state === "failed" ? 1 : 2) : 0);
  return [...items].sort((a, b) => rank(a) - rank(b));
}

function Row({ item }: { item: UploadItem }) {
  const { key, name, bytes, sent, state, progress, problem, images } = item;
  const sending =
    state === "uploading" || state === "offline" || state === "queued" || state === "interrupted";
  const share = sending ? sent / Math.max(1, bytes) : progress;
  return (
    <li className="upload-row" data-state={state}>
      <div className="upload-words">
        <span className="upload-name truncate" title={name}>
          {name}
        </span>
        <span className="upload-size">{inWords(bytes)}</span>
        <IconButton
          small
          label={isOver(item) ? `Take ${name} off the list` : `Cancel ${name}`}
          tip={isOver(item) ? "Take off the list" : "Cancel"}
          onClick={() => uploads.remove(key)}
        >
          <X size={14} aria-hidden />
        </IconButton>
      </div>
      {isOver(item) ? null : (
        <progress className="upload-bar" aria-label={name} value={share} max={1}>
          {Math.round(share * 100)} %
        </progress>
      )}
      <p className="upload-foot">
        <span className="upload-state">{wordsOf(item)}</span>
        {images.slice(0, SHOWN_IMAGES).map((image) => (
          <a key={image.id} href={hrefOfImage(image.id)}>
            Open {image.name}
          </a>
        ))}
        {images.length > SHOWN_IMAGES ? <span>and {images.length - SHOWN_IMAGES} more</span> : null}
      </p>
      {problem ? <p className="problem">{problem}</p> : null}
    </li>
  );
}
