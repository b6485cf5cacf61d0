import { Globe, HardDriveUpload } from "lucide-react";
import { type ClipboardEvent, type SubmitEvent, useEffect, useRef, useState } from "react";
import type { Api } from "../api/index.ts";
import { addressIn } from "../open/pasted.ts";
import { copyText } from "../session/clipboard.ts";
import { parseRoute } from "../state/route.ts";
import type { ImageRow } from "../state/rows.ts";
import { Boundary } from "../ui/Boundary.tsx";
import { Button } from "../ui/Button.tsx";
import { onDemand, PartBroken } from "../ui/on-demand.tsx";
import { ChooseFiles } from "../upload/ChooseFiles.tsx";

// Loaded when somebody asks for an address: the list itself needs no reader of images.
const Keys = onDemand(async () => (await import("../open/Keys.tsx")).Keys);
const LookAt = onDemand(async () => (await import("../open/LookAt.tsx")).LookAt);

interface AddImageProps {
  api: Api;
  images: readonly ImageRow[];
  onAdded: () => void;
}

/** The ways to get an image in. */
export function AddImage(props: AddImageProps) {
  return (
    <section className="add-image" aria-labelledby="add-image-title">
      <h2 id="add-image-title" className="page-subtitle">
        Add an image
      </h2>
      <div className="add-image-ways">
        <FromTheWeb {...props} />
        <FromHere />
      </div>
    </section>
  );
}

const NO_ADDRESS =
  "That is not an address on the web: it starts with https:// or http://. Drop files on this page instead.";

/** A paste is enough: what is there shows itself, and Enter adds it. */
function FromTheWeb({ api, images, onAdded }: AddImageProps) {
  const [text, setText] = useState("");
  const [asked, setAsked] = useState<{ address: string; turn: number } | null>(null);
  const [problem, setProblem] = useState("");
  const field = useRef<HTMLInputElement>(null);

  const look = (pasted: string) => {
    const address = addressIn(pasted);
    if (address && isHere(address)) {
      location.hash = new URL(address).hash;
      return;
    }
    setProblem(address ? "" : NO_ADDRESS);
    setAsked((last) => (address ? { address, turn: (last?.turn ?? 0) + 1 } : null));
  };
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    look(text);
  };
  const paste = (event: ClipboardEvent<HTMLInputElement>) => {
    const pasted = event.clipboardData.getData("text");
    // Into an empty field, or over everything: that is the whole address.
    const { selectionStart, selectionEnd, value } = event.currentTarget;
    if (!addressIn(pasted) || (selectionEnd ?? 0) - (selectionStart ?? 0) < value.length) return;
    event.preventDefault();
    setText(pasted.trim());
    look(pasted);
  };
  // An address that is pasted anywhere on the page is meant for here.
  useEffect(() => {
    const onPaste = (event: globalThis.ClipboardEvent) => {
      const pasted = event.clipboardData?.getData("text") ?? "";
      if ((event.target as Element | null)?.closest("input, textarea, select, [role=dialog]")) return;
      if (!addressIn(pasted)) return;
      event.preventDefault();
      field.current?.focus();
      setText(pasted.trim());
      look(pasted);
    };
    document.addEventListener("paste", onPaste);
    return () => document.removeEventListener("paste", onPaste);
  }, []);
  const reset = () => {
    setText("");
    setAsked(null);
  };

  return (
    <div className="way">
      <form onSubmit={submit} noValidate>
        <h3 className="way-title">
          <Globe size={16} aria-hidden />
          From the web
        </h3>
        <label className="label" htmlFor="image-url">
          Address of an image
        </label>
        <div className="way-row">
          <input
            ref={field}
            id="image-url"
            className="field"
            type="url"
            inputMode="url"
            value={text}
            placeholder="https://…/slide.ome.zarr"
            spellCheck={false}
            autoComplete="off"
            aria-invalid={problem !== ""}
            aria-describedby={problem ? "image-url-problem" : undefined}
            onChange={(event) => setText(event.target.value)}
            onPaste={paste}
          />
          <Button tone={asked ? "plain" : "primary"} type="submit" disabled={text.trim() === ""}>
            Look
          </Button>
        </div>
      </form>
      {problem ? (
        <p className="problem" role="alert" id="image-url-problem">
          {problem}
        </p>
      ) : null}
      {asked ? (
        <Boundary fallback={() => <PartBroken />}>
          <LookAt
            key={asked.turn}
            api={api}
            address={asked.address}
            images={images}
            onAdded={() => {
              reset();
              onAdded();
            }}
            onCancel={reset}
          />
        </Boundary>
      ) : null}
      {asked || problem ? null : (
        <p className="way-note">
          OME-Zarr (images, series, plates), OME-TIFF, TIFF, SVS, Deep Zoom, IIIF, PNG or JPEG; links of
          viewers such as Vizarr and Neuroglancer too.
        </p>
      )}
      <KeysKept api={api} />
    </div>
  );
}

/** A link that a colleague copied here. */
function isHere(address: string): boolean {
  const { origin, hash } = new URL(address);
  return origin === location.origin && parseRoute(hash).imageId !== null;
}

/** Keys for private addresses, to see which there are and to take them away. */
function KeysKept({ api }: { api: Api }) {
  const [open, setOpen] = useState(false);
  return (
    <details className="keys-details" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Keys for private addresses</summary>
      {open ? <Keys api={api} /> : null}
    </details>
  );
}

const COMMAND = "npm run coscope -- import slide.tif";

function FromHere() {
  const [copied, setCopied] = useState(false);
  return (
    <section className="way">
      <h3 className="way-title">
        <HardDriveUpload size={16} aria-hidden />
        From files
      </h3>
      <p className="label">Drop them anywhere on this page, or</p>
      <ChooseFiles />
      <p className="way-note">
        TIFF, OME-TIFF, SVS, ImageJ, OME-Zarr (the folder, or a zip of it), Deep Zoom, PNG or JPEG. Names,
        dates and labels in them stay behind, unless you want them.
      </p>
      <p className="way-note">
        Many, or huge ones? On the computer that runs Coscope, in its folder:{" "}
        <button type="button" className="way-copy" onClick={() => void copyText(COMMAND).then(setCopied)}>
          <code>{COMMAND}</code> {copied ? "Copied" : "Copy"}
        </button>
      </p>
    </section>
  );
}
