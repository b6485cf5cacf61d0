import { Globe, Terminal } from "lucide-react";
import { type SubmitEvent, useState } from "react";
import { type Api, errorSentence } from "../api/index.ts";
import { copyText } from "../session/clipboard.ts";
import { hrefOfImage } from "../state/route.ts";
import { Button } from "../ui/Button.tsx";
import { Spinner } from "../ui/Spinner.tsx";
import { isWebAddress, nameFromUrl } from "./image-name.ts";

/** The two ways to get an image in. */
export function AddImage({ api }: { api: Api }) {
  return (
    <section className="add-image" aria-labelledby="add-image-title">
      <h2 id="add-image-title" className="page-subtitle">
        Add an image
      </h2>
      <div className="add-image-ways">
        <FromTheWeb api={api} />
        <FromHere />
      </div>
    </section>
  );
}

function FromTheWeb({ api }: { api: Api }) {
  const [url, setUrl] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");

  const add = async (event: SubmitEvent) => {
    event.preventDefault();
    const address = url.trim();
    if (!isWebAddress(address)) {
      setProblem(
        "That is not an address on the web: it starts with https:// or http://. Files on a computer come in with the import command.",
      );
      return;
    }
    setBusy(true);
    setProblem("");
    try {
      // Loaded apart: the list itself needs no reader of images.
      const { checkImage } = await import("./check-image.ts");
      const found = await checkImage(address);
      if (!found.ok) return setProblem(found.problem);
      const image = await api.addImage({ name: found.name || nameFromUrl(address), url: address });
      location.hash = hrefOfImage(image.id);
    } catch (error) {
      setProblem(errorSentence(error));
    } finally {
      setBusy(false);
    }
  };

  return (
    <form className="way" onSubmit={add} noValidate>
      <h3 className="way-title">
        <Globe size={16} aria-hidden />
        From the web
      </h3>
      <label className="label" htmlFor="image-url">
        Address of an image
      </label>
      <div className="way-row">
        <input
          id="image-url"
          className="field"
          type="url"
          inputMode="url"
          value={url}
          placeholder="https://…/slide.ome.zarr"
          spellCheck={false}
          autoComplete="off"
          aria-invalid={problem !== ""}
          aria-describedby={problem ? "image-url-problem" : undefined}
          onChange={(event) => setUrl(event.target.value)}
        />
        <Button tone="primary" type="submit" disabled={busy || url.trim() === ""}>
          {busy ? <Spinner label="Looking at the image" size={14} /> : "Add"}
        </Button>
      </div>
      {problem ? (
        <p className="problem" role="alert" id="image-url-problem">
          {problem}
        </p>
      ) : (
        <p className="way-note">
          OME-Zarr, OME-TIFF, SVS, Deep Zoom, IIIF, PNG or JPEG. Its host must allow other sites to read it
          (CORS).
        </p>
      )}
    </form>
  );
}

const COMMAND = "npm run coscope -- import slide.tif";

function FromHere() {
  const [copied, setCopied] = useState(false);
  return (
    <section className="way">
      <h3 className="way-title">
        <Terminal size={16} aria-hidden />
        From files
      </h3>
      <p className="label">On the computer that runs Coscope, in its folder</p>
      <div className="way-row">
        <code className="field way-command truncate">{COMMAND}</code>
        <Button onClick={() => void copyText(COMMAND).then(setCopied)}>{copied ? "Copied" : "Copy"}</Button>
      </div>
      <p className="way-note">
        PNG, JPEG, TIFF, or a folder of them. <code>--mosaic</code> lays many on one canvas. Was Coscope
        started with <code>--data</code>? Then add the same here.
      </p>
    </section>
  );
}
