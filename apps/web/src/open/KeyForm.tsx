import { type SubmitEvent, useId, useState } from "react";
import { type Api, errorSentence, type NewConnection } from "../api/index.ts";
import { Button } from "../ui/Button.tsx";
import { Problem } from "../ui/Problem.tsx";
import { prefixOf } from "./prefix.ts";

interface KeyFormProps {
  api: Api;
  address: string;
  onAdded: () => void;
}

/** A key for a private address. It goes to the server, stays there, and is never in a link. */
export function KeyForm({ api, address, onAdded }: KeyFormProps) {
  const [kind, setKind] = useState<"s3" | "headers">("s3");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const id = useId();

  const submit = async (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    // The page has forms within forms of other parts.
    event.stopPropagation();
    const fields = new FormData(event.currentTarget);
    const text = (name: string) => String(fields.get(name) ?? "").trim();
    setBusy(true);
    setProblem("");
    const prefix = text("prefix");
    const named = { name: text("name") || new URL(address).host, prefix };
    const connection: NewConnection =
      kind === "headers"
        ? { ...named, kind, headers: { [text("header") || "Authorization"]: text("value") } }
        : {
            ...named,
            kind,
            accessKeyId: text("access"),
            secretAccessKey: text("secret"),
            ...(text("region") && { region: text("region") }),
          };
    try {
      await api.addConnection(connection);
      onAdded();
    } catch (error) {
      setProblem(errorSentence(error));
    }
    setBusy(false);
  };

  const field = (
    name: string,
    label: string,
    more: { type?: string; value?: string; placeholder?: string } = {},
  ) => (
    <div>
      <label className="label" htmlFor={`${id}-${name}`}>
        {label}
      </label>
      <input
        id={`${id}-${name}`}
        name={name}
        className="field"
        type={more.type ?? "text"}
        defaultValue={more.value}
        placeholder={more.placeholder}
        autoComplete="off"
        spellCheck={false}
      />
    </div>
  );

  return (
    <form className="key-form" onSubmit={(event) => void submit(event)} aria-label="A key for this address">
      <p>
        <b>This address needs a key.</b> It is kept on the server, sealed, for everybody here; never in a
        link.
      </p>
      <div className="key-kinds" role="radiogroup" aria-label="Kind of key">
        {(["s3", "headers"] as const).map((one) => (
          <label key={one} className="key-kind">
            <input type="radio" name={`${id}-kind`} checked={kind === one} onChange={() => setKind(one)} />
            {one === "s3" ? "S3 bucket" : "Header"}
          </label>
        ))}
      </div>
      {field("prefix", "For addresses that begin with", { value: prefixOf(address) })}
      {kind === "s3" ? (
        <div className="key-pair">
          {field("access", "Access key")}
          {field("secret", "Secret key", { type: "password" })}
          {field("region", "Region", { placeholder: "us-east-1" })}
        </div>
      ) : (
        <div className="key-pair">
          {field("header", "Header", { value: "Authorization" })}
          {field("value", "Value", { type: "password", placeholder: "Bearer …" })}
        </div>
      )}
      <Problem text={problem} />
      <div className="found-actions">
        <Button small tone="primary" type="submit" disabled={busy}>
          Keep the key and look again
        </Button>
      </div>
    </form>
  );
}
