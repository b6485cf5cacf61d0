import { hrefOfImageList, parseRoute } from "../state/route.ts";
import type { Failure } from "../ui/on-demand.tsx";
import { Message } from "./Message.tsx";

export const TRIED_AGAIN =
  "It is tried again by itself. What you drew is kept in this browser until it is sent.";

/** The image that was left last, with its view. */
let lastImage: string | null = null;
addEventListener("hashchange", ({ oldURL }) => {
  const { hash } = new URL(oldURL);
  if (parseRoute(hash).imageId !== null) lastImage = hash;
});

/** The code of a page did not come. Reloading would only help if the server were there: otherwise it ends at the browser's own error. */
export function PageNotLoaded({ gone, retry }: Failure) {
  const inList = parseRoute(location.hash).imageId === null;
  const link = inList
    ? lastImage && { label: "Back to the image", href: lastImage }
    : { label: "All images", href: hrefOfImageList };
  return (
    <Message
      {...(gone
        ? {
            title: "Coscope was updated",
            text: "Reload the page to go on. What you drew is kept.",
            action: { label: "Reload", run: () => location.reload() },
          }
        : {
            title: "Coscope’s server does not answer",
            text: TRIED_AGAIN,
            action: { label: "Try again", run: retry },
          })}
      {...(link && { link })}
    />
  );
}
