import { useEffect, useRef, useState } from "react";

/** A small picture of the image, drawn when it scrolls into sight; a quiet ground until then or without one. */
export function Thumbnail({ url }: { url: string }) {
  const box = useRef<HTMLDivElement>(null);
  const [picture, setPicture] = useState<string | null>(null);
  useEffect(() => {
    const stop = new AbortController();
    const watcher = new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      watcher.disconnect();
      // Loaded apart: the list itself needs no reader of images.
      import("./thumbnail.ts")
        .then(({ thumbnailOf }) => thumbnailOf(url, stop.signal))
        .then((found) => !stop.signal.aborted && setPicture(found))
        .catch(() => {
          // An image that cannot be read says so when it is opened.
        });
    });
    if (box.current) watcher.observe(box.current);
    return () => {
      stop.abort();
      watcher.disconnect();
    };
  }, [url]);
  return (
    <div ref={box} className="thumbnail">
      {picture ? <img src={picture} alt="" /> : null}
    </div>
  );
}
