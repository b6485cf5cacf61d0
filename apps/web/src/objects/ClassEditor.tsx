import { isIgnored } from "@coscope/annotations/class-names";
import { ExternalLink, Plus } from "lucide-react";
import { type ComponentProps, useState } from "react";
import { useWorkspace } from "../panels/workspace-context.ts";
import type { ClassRow } from "../state/rows.ts";
import { Button } from "../ui/Button.tsx";
import { ColorField } from "../ui/ColorField.tsx";
import { classPalette } from "../ui/color.ts";
import { IconButton } from "../ui/IconButton.tsx";
import { draftOf, listOf, parseDrafts } from "./attribute-draft.ts";
import { ClassAttributeEditor } from "./ClassAttributeEditor.tsx";
import "../styles/attributes.css";

/** Everything that a class says of itself. */
export function ClassEditor({ row, onDone }: { row: ClassRow; onDone: () => void }) {
  const workspace = useWorkspace();
  const [name, setName] = useState(row.name);
  const [color, setColor] = useState(row.color);
  const [description, setDescription] = useState(row.description);
  const [iri, setIri] = useState(row.ontologyIri);
  const [synonyms, setSynonyms] = useState(row.synonyms.join(", "));
  const [drafts, setDrafts] = useState(() => row.attributes.map(draftOf));
  const [wrong, setWrong] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const address = iri.trim();
  const isAddress = /^https?:\/\/\S+$/.test(address);

  async function save(): Promise<void> {
    const parsed = parseDrafts(drafts);
    const problem =
      name.trim() === ""
        ? "A class needs a name."
        : address !== "" && !isAddress
          ? "The term is an address that begins with http."
          : "wrong" in parsed
            ? parsed.wrong
            : null;
    setWrong(problem);
    if (problem !== null || "wrong" in parsed) return;
    const change = {
      name: name.trim(),
      color,
      description: description.trim(),
      ontologyIri: address,
      synonyms: listOf(synonyms),
      attributes: parsed.attributes,
    };
    setBusy(true);
    await workspace.actions.updateClass(row.id, change);
    setBusy(false);
    const now = workspace.classes.get().find(({ id }) => id === row.id);
    // Refused: a notice says why, and what was typed stays.
    if (
      now &&
      now.name === change.name &&
      JSON.stringify(now.attributes) === JSON.stringify(change.attributes)
    )
      onDone();
  }

  return (
    <form
      className="class-editor"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <TextField
        label="Name"
        value={name}
        maxLength={200}
        placeholder="Tumour: Positive"
        onChange={setName}
      />
      <p className="attribute-note">
        {isIgnored(name)
          ? "Ignored, as in QuPath: COCO files leave it out, and the table on wish."
          : "“A: B” is derived from “A” and counted with it. A name that ends in * is ignored."}
      </p>
      <ColorField value={color} palette={classPalette} label="Colour" onChange={setColor} />
      <label>
        <span className="label">Description</span>
        <textarea
          className="field"
          value={description}
          maxLength={2000}
          placeholder="What belongs to it, and what does not"
          onChange={({ target }) => setDescription(target.value)}
        />
      </label>
      <TextField
        label="Other names"
        value={synonyms}
        placeholder="nuclei, cell nucleus"
        onChange={setSynonyms}
      />
      <div>
        <label className="label" htmlFor="class-iri">
          Term of an ontology
        </label>
        <div className="class-editor-link">
          <input
            id="class-iri"
            className="field"
            value={iri}
            maxLength={500}
            inputMode="url"
            placeholder="http://purl.obolibrary.org/obo/CL_0000540"
            onChange={({ target }) => setIri(target.value)}
          />
          {isAddress ? (
            <a
              className="icon-button"
              href={address}
              target="_blank"
              rel="noreferrer"
              aria-label="Open the term"
              title="Open the term"
            >
              <ExternalLink size={14} aria-hidden />
            </a>
          ) : null}
        </div>
      </div>
      <div className="class-editor-head">
        <h3>Attributes</h3>
        <IconButton small label="Add an attribute" onClick={() => setDrafts((all) => [...all, draftOf()])}>
          <Plus size={15} aria-hidden />
        </IconButton>
      </div>
      {drafts.length === 0 ? (
        <p className="attribute-note">
          Questions that every object of this class answers: a grade, a count, yes or no.
        </p>
      ) : null}
      {drafts.map((draft) => (
        <ClassAttributeEditor
          key={draft.key}
          draft={draft}
          onChange={(next) => setDrafts((all) => all.map((one) => (one.key === draft.key ? next : one)))}
          onRemove={() => setDrafts((all) => all.filter(({ key }) => key !== draft.key))}
        />
      ))}
      {wrong ? (
        <p className="attribute-wrong" role="alert">
          {wrong}
        </p>
      ) : null}
      <div className="pop-actions">
        <Button small tone="quiet" onClick={onDone}>
          Cancel
        </Button>
        <Button small tone="primary" type="submit" disabled={busy}>
          Save
        </Button>
      </div>
    </form>
  );
}

interface TextFieldProps extends Omit<ComponentProps<"input">, "onChange"> {
  label: string;
  onChange: (value: string) => void;
}

function TextField({ label, onChange, ...rest }: TextFieldProps) {
  return (
    <label>
      <span className="label">{label}</span>
      <input className="field" {...rest} onChange={({ target }) => onChange(target.value)} />
    </label>
  );
}
