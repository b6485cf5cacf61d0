import { useEffect, useState } from "react";
import { type Api, errorSentence } from "../api/index.ts";
import type { ConnectionRow } from "../state/rows.ts";
import { Button } from "../ui/Button.tsx";
import "./open.css";
import { Problem } from "../ui/Problem.tsx";

/** The keys that the server has, to be taken away again. */
export function Keys({ api }: { api: Api }) {
  const [rows, setRows] = useState<readonly ConnectionRow[] | null>(null);
  const [problem, setProblem] = useState("");
  useEffect(() => {
    const stop = new AbortController();
    api.connections(stop.signal).then(
      (found) => !stop.signal.aborted && setRows(found),
      (error: unknown) => !stop.signal.aborted && setProblem(errorSentence(error)),
    );
    return () => stop.abort();
  }, [api]);
  const remove = async (row: ConnectionRow) => {
    try {
      await api.deleteConnection(row.id);
      setRows((list) => list?.filter(({ id }) => id !== row.id) ?? null);
    } catch (error) {
      setProblem(errorSentence(error));
    }
  };
  return (
    <section aria-label="Keys on this server">
      {rows?.length === 0 ? (
        <p className="way-note">None. When an address asks for a key, it can be given here.</p>
      ) : null}
      <ul className="keys-kept">
        {rows?.map((row) => (
          <li key={row.id}>
            <span className="truncate" title={row.prefix}>
              {row.name} · {row.kind === "s3" ? "S3 keys" : (row.headers ?? []).join(", ")} · {row.prefix}
            </span>
            <Button
              small
              tone="quiet"
              aria-label={`Remove the key of ${row.name}`}
              onClick={() => void remove(row)}
            >
              Remove
            </Button>
          </li>
        ))}
      </ul>
      <Problem text={problem} />
    </section>
  );
}
