import { Grid3x3, Image as ImageIcon } from "lucide-react";
import { useEffect, useRef } from "react";
import type { Api } from "../api/index.ts";
import { useVisible } from "../hooks/use-visible.ts";
import type { ImageRow } from "../state/rows.ts";

interface ThumbnailProps {
  image: ImageRow;
  api: Api;
  userId: string;
  /** A picture was drawn and is on the server now. */
  onDrawn: () => void;
}

/** The image's small picture from the server; drawn here when there is none and nobody else's address is asked. */
export function Thumbnail({ image, api, userId, onDrawn }: ThumbnailProps) {
  const box = useRef<HTMLDivElement>(null);
  const visible = useVisible(box);
  const draws = visible && image.preview === null && mayAsk(image, userId);
  useEffect(() => {
    if (!draws) return;
    // Loaded apart: the list itself needs no reader of images.
    import("../open/pictures.ts")
      .then(({ keepPicture }) => keepPicture(api, image))
      .then((kept) => kept && onDrawn())
      .catch(() => {
        // An image that cannot be read says so when it is opened.
      });
  }, [draws, image.id]);
  const Icon = image.kind === "image" ? ImageIcon : Grid3x3;
  return (
    <div ref={box} className="thumbnail">
      {image.preview ? (
        <img src={image.preview} alt="" loading="lazy" />
      ) : (
        <Icon className="thumbnail-none" size={28} strokeWidth={1.25} aria-hidden />
      )}
    </div>
  );
}

/**
 * Looking at a list must not make this browser ask an address that a colleague typed: it might be one inside
 * the network, and its owner would learn who is looking. Who opens the image asks it knowingly, and leaves a
 * picture for everybody else.
 */
function mayAsk(image: ImageRow, userId: string): boolean {
  if (image.kind !== "image") return false;
  const isHere = new URL(image.url, location.href).origin === location.origin;
  return isHere || image.addedBy?.id === userId;
}
