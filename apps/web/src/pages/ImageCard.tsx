import { Ellipsis, Pencil, Trash2 } from "lucide-react";
import { useRef, useState } from "react";
import { type Api, errorSentence } from "../api/index.ts";
import { factsOf } from "../open/facts.ts";
import { hrefOfImage } from "../state/route.ts";
import type { ImageRow } from "../state/rows.ts";
import { ActionItem, ActionMenu, ActionSeparator } from "../ui/ActionMenu.tsx";
import { EditableName } from "../ui/EditableName.tsx";
import { IconButton } from "../ui/IconButton.tsx";
import { Problem } from "../ui/Problem.tsx";
import { RemoveImage } from "./RemoveImage.tsx";
import { Thumbnail } from "./Thumbnail.tsx";

interface ImageCardProps {
  image: ImageRow;
  api: Api;
  userId: string;
  /** The list changed on the server. */
  onChange: () => void;
}

export function ImageCard({ image, api, userId, onChange }: ImageCardProps) {
  const [renaming, setRenaming] = useState(false);
  const [deleting, setDeleting] = useState(false);
  const [problem, setProblem] = useState("");
  const card = useRef<HTMLLIElement>(null);

  const attempt = async (change: Promise<unknown>) => {
    setProblem("");
    try {
      await change;
    } catch (error) {
      setProblem(errorSentence(error));
    }
    onChange();
  };

  return (
    <li ref={card} className="image-card">
      <a className="image-link" href={hrefOfImage(image.id)} aria-label={`Open ${image.name}`}>
        <Thumbnail image={image} api={api} userId={userId} onDrawn={onChange} />
      </a>
      <div className="image-words">
        {renaming ? (
          <EditableName
            value={image.name}
            label="Name of the image"
            onCommit={(name) => void attempt(api.updateImage(image.id, { name, revision: image.revision }))}
            onDone={() => setRenaming(false)}
          />
        ) : (
          <h2 className="image-name" title={image.name}>
            {/* Who points at the name means the image; the keyboard has the picture's link. */}
            <a className="truncate" href={hrefOfImage(image.id)} tabIndex={-1}>
              <bdi>{image.name}</bdi>
            </a>
          </h2>
        )}
        <ActionMenu
          trigger={
            <IconButton small label={`More about ${image.name}`} tip="Rename, remove">
              <Ellipsis size={16} aria-hidden />
            </IconButton>
          }
        >
          <ActionItem icon={<Pencil size={14} aria-hidden />} onSelect={() => setRenaming(true)}>
            Rename
          </ActionItem>
          <ActionSeparator />
          <ActionItem
            tone="danger"
            icon={<Trash2 size={14} aria-hidden />}
            onSelect={() => setDeleting(true)}
          >
            Remove…
          </ActionItem>
        </ActionMenu>
      </div>
      <p className="image-from truncate" title={whatItIs(image)}>
        {whatItIs(image)}
      </p>
      <p
        className="image-from truncate"
        title={[whereFrom(image, userId), image.origin].filter(Boolean).join("\n")}
      >
        {whereFrom(image, userId)}
      </p>
      <Problem text={problem} />
      <RemoveImage
        image={image}
        api={api}
        open={deleting}
        onOpenChange={setDeleting}
        anchor={() => card.current}
        onDelete={() => void attempt(api.deleteImage(image.id, image.revision))}
      />
    </li>
  );
}

function whatItIs(image: ImageRow): string {
  if (image.kind === "plate") return "Plate";
  if (image.kind === "series") return "Series";
  return image.summary ? factsOf(image.summary).join(" · ") : "Not opened yet";
}

function whereFrom(image: ImageRow, userId: string): string {
  const where = placeOf(image);
  if (!image.addedBy?.name) return where;
  return `${where} · added by ${image.addedBy.id === userId ? "you" : image.addedBy.name}`;
}

function placeOf(image: ImageRow): string {
  if (image.source === "demo") return "Demo, computed as you look";
  if (image.source === "local") return "On this server";
  try {
    const { host } = new URL(image.origin ?? image.url, location.href);
    return image.via === "server" ? `${host}, via this server` : host;
  } catch {
    return image.url;
  }
}
