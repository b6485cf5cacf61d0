import { isIgnored } from "@coscope/annotations/class-names";
import { useMemo } from "react";
import { useStore } from "../hooks/use-store.ts";
import { useWorkspace } from "../panels/workspace-context.ts";
import { Button } from "../ui/Button.tsx";
import { RangeFilter } from "./RangeFilter.tsx";
import { NO_FILTER, type TableController } from "./table-controller.ts";

/** Which objects the table shows. */
export function TableFilters({ controller }: { controller: TableController }) {
  const workspace = useWorkspace();
  const { setFilter } = controller;
  const filter = useStore(controller.filter);
  const classes = useStore(workspace.classes);
  const selected = useStore(workspace.selection, (selection) => selection.size);
  const any =
    filter !== NO_FILTER &&
    Object.entries(NO_FILTER).some(([key, value]) => filter[key as keyof typeof filter] !== value);
  return (
    <search className="objects-filters" aria-label="Objects">
      <input
        className="field objects-search"
        type="search"
        aria-label="Search objects"
        placeholder="Search"
        value={filter.text}
        onChange={(event) => setFilter({ text: event.target.value })}
      />
      <select
        className="field"
        aria-label="Class"
        value={filter.classId ?? (filter.ignored ? "*" : "-")}
        data-set={filter.classId !== null || !filter.ignored || undefined}
        onChange={({ target: { value } }) =>
          setFilter({ classId: /^[*-]$/.test(value) ? null : value, ignored: value !== "-" })
        }
      >
        <option value="*">All classes</option>
        {classes.some(({ name }) => isIgnored(name)) || !filter.ignored ? (
          <option value="-">All but ignored</option>
        ) : null}
        {classes.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
        <option value="">Unclassified</option>
      </select>
      <AuthorFilter controller={controller} />
      <RangeFilter controller={controller} />
      <Button
        small
        tone="quiet"
        aria-pressed={filter.inView}
        onClick={() => setFilter({ inView: !filter.inView })}
      >
        In view
      </Button>
      <Button
        small
        tone="quiet"
        aria-pressed={filter.only !== null}
        disabled={filter.only === null && selected === 0}
        onClick={() => setFilter({ only: filter.only ? null : new Set(workspace.selection.get()) })}
      >
        Only selected
      </Button>
      {any ? (
        <Button small tone="quiet" onClick={() => setFilter(NO_FILTER)}>
          Show all
        </Button>
      ) : null}
    </search>
  );
}

function AuthorFilter({ controller }: { controller: TableController }) {
  const { model, authors, setFilter } = controller;
  const author = useStore(controller.filter, (filter) => filter.author);
  const total = useStore(model.view, (view) => view.total);
  useStore(authors.names);
  const ids = useMemo(() => {
    const found = new Set<string>();
    for (const { annotation } of model.all()) found.add(annotation.author);
    return [...found];
  }, [model, total]);
  if (ids.length < 2 && author === null) return null;
  return (
    <select
      className="field"
      aria-label="Drawn by"
      value={author ?? "*"}
      data-set={author !== null || undefined}
      onChange={({ target: { value } }) => setFilter({ author: value === "*" ? null : value })}
    >
      <option value="*">Everyone</option>
      {ids.map((id) => (
        <option key={id} value={id}>
          {authors.nameOf(id)}
        </option>
      ))}
    </select>
  );
}
