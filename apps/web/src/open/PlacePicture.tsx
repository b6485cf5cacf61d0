import { useEffect, useRef, useState } from "react";
import { useVisible } from "../hooks/use-visible.ts";
import { pictureAt } from "./pictures.ts";

interface PlacePictureProps {
  url: string;
  /** A picture that the server has. */
  preview?: string | null | undefined;
}

/** A small picture of one image of a series or plate, drawn when it scrolls into sight. */
export function PlacePicture({ url, preview = null }: PlacePictureProps) {
  const box = useRef<HTMLSpanElement>(null);
  const visible = useVisible(box);
  const [picture, setPicture] = useState<string | null>(preview);
  useEffect(() => {
    if (!visible || preview) return;
    let gone = false;
    pictureAt(url)
      .then((found) => !gone && setPicture(found))
      .catch(() => {
        // An image that cannot be read says so when it is opened.
      });
    return () => {
      gone = true;
    };
  }, [url, preview, visible]);
  return (
    <span ref={box} className="thumbnail">
      {picture ? <img src={picture} alt="" /> : null}
    </span>
  );
}
