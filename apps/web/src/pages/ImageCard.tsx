import { Ellipsis, Pencil, Trash2 } from "lucide-react";
import { useRef, useState } from "react";
import { type Api, errorSentence } from "../api/index.ts";
import { hrefOfImage } from "../state/route.ts";
import type { ImageRow } from "../state/rows.ts";
import { ActionItem, ActionMenu, ActionSeparator } from "../ui/ActionMenu.tsx";
import { Button } from "../ui/Button.tsx";
import { EditableName } from "../ui/EditableName.tsx";
import { IconButton } from "../ui/IconButton.tsx";
import { Pop } from "../ui/Pop.tsx";
import { Thumbnail } from "./Thumbnail.tsx";

interface ImageCardProps {
  image: ImageRow;
  api: Api;
  /** The list changed on the server. */
  onChange: () => void;
}

export function ImageCard({ image, api, onChange }: ImageCardProps) {
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
        <Thumbnail url={image.url} />
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
          <h2 className="image-name truncate" title={image.name}>
            {image.name}
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
      <p className="image-from truncate">{whereFrom(image)}</p>
      {problem ? (
        <p className="problem" role="alert">
          {problem}
        </p>
      ) : null}
      <Pop
        title={`Remove “${image.name}”?`}
        open={deleting}
        onOpenChange={setDeleting}
        anchor={() => card.current}
      >
        <p className="pop-text">
          It goes from the list for everyone, with all its annotations. The file itself stays where it is.
        </p>
        <div className="pop-actions">
          <Button small tone="quiet" onClick={() => setDeleting(false)}>
            Cancel
          </Button>
          <Button
            small
            tone="danger"
            onClick={() => {
              setDeleting(false);
              void attempt(api.deleteImage(image.id, image.revision));
            }}
          >
            Remove
          </Button>
        </div>
      </Pop>
    </li>
  );
}

function whereFrom(image: ImageRow): string {
  if (image.source === "demo") return "Demo, computed as you look";
  if (image.source === "local") return "On this server";
  try {
    return new URL(image.url, location.href).host;
  } catch {
    return image.url;
  }
}
