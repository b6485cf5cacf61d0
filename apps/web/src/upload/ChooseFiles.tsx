import { useRef } from "react";
import { Button } from "../ui/Button.tsx";
import { chosen } from "./dropped.ts";
import { upload } from "./UploadLayer.tsx";
import { WhatIsKept } from "./WhatIsKept.tsx";

/** The way in for those who do not drag: files, or a folder. */
export function ChooseFiles() {
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const take = (input: HTMLInputElement) => {
    upload(chosen(input.files));
    // The same file again is a change too.
    input.value = "";
  };
  return (
    <>
      <div className="way-row">
        <input
          ref={files}
          type="file"
          multiple
          hidden
          data-choose="files"
          onChange={(event) => take(event.currentTarget)}
        />
        <input
          ref={folder}
          type="file"
          multiple
          hidden
          data-choose="folder"
          {...{ webkitdirectory: "" }}
          onChange={(event) => take(event.currentTarget)}
        />
        <Button onClick={() => files.current?.click()}>Choose files…</Button>
        <Button onClick={() => folder.current?.click()}>Choose a folder…</Button>
      </div>
      <WhatIsKept />
    </>
  );
}
