import { Lock, Search, X } from "lucide-react";
import { useStore } from "../../hooks/use-store.ts";
import { useWorkspace } from "../../panels/workspace-context.ts";
import type { Prompting, PromptState, RegionSearch } from "../../state/prompting.ts";
import { Button } from "../../ui/Button.tsx";
import { IconButton } from "../../ui/IconButton.tsx";
import { Slide } from "../../ui/Slide.tsx";
import { Spinner } from "../../ui/Spinner.tsx";
import { Toggle } from "../../ui/Toggle.tsx";
import "./prompt.css";

/** What the tool for prompts is doing, and what can be set for it. */
export function PromptOptions() {
  const prompting = useStore(useWorkspace().prompting);
  return prompting ? <Options prompting={prompting} /> : null;
}

function Options({ prompting }: { prompting: Prompting }) {
  const state = useStore(prompting.state);
  const { region, status, proposed } = state;
  return (
    <>
      {region?.kind === "searching" ? (
        <Searching region={region} prompting={prompting} />
      ) : proposed ? (
        <Proposal state={state} prompting={prompting} />
      ) : region ? (
        <Review region={region} prompting={prompting} />
      ) : (
        <Button small tone="quiet" className="prompt-everything" onClick={prompting.everything}>
          <Search size={14} aria-hidden /> Everything in view
        </Button>
      )}
      <ModelSelect state={state} prompting={prompting} />
      <div
        className="tool-option"
        title="This page reads the image itself: slower, and no pixel of it goes to the server"
      >
        <Toggle checked={state.private} onChange={prompting.setPrivate}>
          <span className="prompt-private">
            {state.private ? <Lock size={12} aria-hidden /> : null} Private{state.private ? " (slower)" : ""}
          </span>
        </Toggle>
      </div>
      {status.kind === "waiting" || status.kind === "loading" ? (
        <div className="prompt-status" role="status">
          <Spinner label="Working" size={13} />
          {status.kind === "loading" ? "Getting the model ready…" : status.text}
        </div>
      ) : null}
      {status.kind === "failed" ? <Failure status={status} prompting={prompting} /> : null}
    </>
  );
}

function Proposal({ state, prompting }: { state: PromptState; prompting: Prompting }) {
  const { candidate, candidates, refining, status } = state;
  return (
    <div className="tool-option prompt-actions">
      <Button
        small
        tone="primary"
        disabled={candidates === 0 && status.kind !== "waiting"}
        onClick={prompting.accept}
      >
        {refining ? "Keep correction" : "Keep"}
      </Button>
      {candidates > 1 ? (
        <Button small tone="quiet" onClick={prompting.nextCandidate}>
          Reading {candidate + 1} of {candidates}
        </Button>
      ) : null}
      <Button small tone="quiet" onClick={prompting.drop}>
        Discard
      </Button>
    </div>
  );
}

interface SearchProps<Kind extends RegionSearch["kind"]> {
  region: Extract<RegionSearch, { kind: Kind }>;
  prompting: Prompting;
}

function Searching({ region: { done, of }, prompting }: SearchProps<"searching">) {
  return (
    <div className="tool-option prompt-actions">
      <progress
        className="prompt-progress"
        aria-label="Searching"
        {...(of > 0 ? { value: done, max: of } : {})}
      />
      <span className="numbers">{of > 0 ? `${done} of ${of} places` : "Searching…"}</span>
      <Button small tone="quiet" onClick={prompting.stopSearch}>
        Stop
      </Button>
    </div>
  );
}

const percent = (score: number): string => `${Math.round(score * 100)} %`;

function Review({ region, prompting }: SearchProps<"review">) {
  const { shown, threshold, leftOut } = region;
  return (
    <div className="prompt-review">
      <div className="tool-option prompt-actions">
        <span>
          <strong className="numbers">{shown}</strong> proposed
          {leftOut > 0 ? <span className="prompt-left-out"> · {leftOut} outlined already</span> : null}
        </span>
        <Button small tone="primary" disabled={shown === 0} onClick={prompting.acceptAll}>
          Keep all
        </Button>
        <IconButton small label="Discard all suggestions" onClick={prompting.rejectAll}>
          <X size={14} aria-hidden />
        </IconButton>
      </div>
      <div className="tool-option" title="Suggestions less sure than this are not shown">
        <span aria-hidden>At least</span>
        <Slide
          value={Math.round(threshold * 100)}
          min={15}
          max={95}
          largeStep={10}
          label="How sure suggestions must be"
          valueText={(value) => percent(value / 100)}
          onChange={(value) => prompting.setThreshold(value / 100)}
        />
        <span className="tool-option-value numbers" aria-hidden>
          {percent(threshold)}
        </span>
      </div>
    </div>
  );
}

/** Once there is another model than the one that came with Coscope: also those that cannot be used, and why. */
function ModelSelect({ state, prompting }: { state: PromptState; prompting: Prompting }) {
  const { models, modelId } = state;
  if (models.length < 2) return null;
  return (
    <>
      <label className="tool-option">
        <span>Model</span>
        <select
          className="field prompt-model"
          value={modelId ?? ""}
          onChange={(e) => prompting.chooseModel(e.target.value)}
        >
          {models.map(({ id, name, ready }) => (
            <option key={id} value={id} disabled={!ready}>
              {ready ? name : `${name} (cannot be used)`}
            </option>
          ))}
        </select>
      </label>
      {models.map(({ id, name, ready, why }) =>
        ready ? null : (
          <div key={id} className="prompt-why">
            “{name}” cannot be used{why ? `: ${why}` : "."}
          </div>
        ),
      )}
    </>
  );
}

function Failure({
  status,
  prompting,
}: {
  status: Extract<PromptState["status"], { kind: "failed" }>;
  prompting: Prompting;
}) {
  return (
    <div className="prompt-failure" role="alert">
      <span>
        {status.text} {status.next}
      </span>
      <span className="prompt-actions">
        {status.privateHelps ? (
          <Button small onClick={() => prompting.setPrivate(true)}>
            Read it here (private)
          </Button>
        ) : null}
        <Button small tone="quiet" onClick={prompting.retry}>
          Try again
        </Button>
      </span>
    </div>
  );
}
