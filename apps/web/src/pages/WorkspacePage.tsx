import { type ReactNode, useEffect, useState } from "react";
import { type Api, errorSentence, isApiError } from "../api/index.ts";
import { CanvasView } from "../canvas/CanvasView.tsx";
import { useStore } from "../hooks/use-store.ts";
import { useTriesAgain } from "../hooks/use-tries-again.ts";
import { InterchangeLayer } from "../interchange/InterchangeLayer.tsx";
import { helpOpen } from "../keys/help.ts";
import { tableState } from "../objects/table-state.ts";
import { OnDemand } from "../palette/OnDemand.tsx";
import { CanvasStatus } from "../panels/CanvasStatus.tsx";
import { FollowFrame } from "../panels/FollowFrame.tsx";
import { loadPlanes, loadRuler, loadTable, loadTheRest, loadToolOptions } from "../panels/later.ts";
import { Notices } from "../panels/Notices.tsx";
import { panelState } from "../panels/panel-state.ts";
import { SidePanel } from "../panels/SidePanel.tsx";
import { StatusBar } from "../panels/StatusBar.tsx";
import { ToolRail } from "../panels/ToolRail.tsx";
import { TopBar } from "../panels/TopBar.tsx";
import { useWorkspace, WorkspaceContext } from "../panels/workspace-context.ts";
import { createWorkspace } from "../session/create-workspace.ts";
import { drawsArea, hasSize } from "../state/brush.ts";
import { hrefOfImageList } from "../state/route.ts";
import type { ImageRow, User } from "../state/rows.ts";
import type { Workspace } from "../state/workspace.ts";
import { Boundary } from "../ui/Boundary.tsx";
import { type Failure, notLoadedText, onDemand, QUIET } from "../ui/on-demand.tsx";
import { Message } from "./Message.tsx";
import { PageNotLoaded, TRIED_AGAIN } from "./PageNotLoaded.tsx";

const WAITING = <div className="workspace-waiting" />;

const CollectionPage = onDemand(async () => (await import("./CollectionPage.tsx")).CollectionPage, {
  waiting: WAITING,
  failed: (failure) => <PageNotLoaded {...failure} />,
});
const PlaneControls = onDemand(async () => (await loadPlanes()).PlaneControls, QUIET);
const Ruler = onDemand(async () => (await loadRuler()).Ruler, QUIET);
const LockMarks = onDemand(async () => (await import("../panels/LockMarks.tsx")).LockMarks, QUIET);
const ToolOptions = onDemand(async () => (await loadToolOptions()).ToolOptions, QUIET);
const ObjectsTable = onDemand(async () => (await loadTable()).ObjectsTable, {
  failed: (failure) => <TableNotLoaded {...failure} />,
});
const ColorLegend = onDemand(async () => (await import("../objects/ColorLegend.tsx")).ColorLegend, QUIET);

interface WorkspacePageProps {
  api: Api;
  imageId: string;
  user: User;
  /** The person changed their name or colour while here. */
  onUser: (user: User) => void;
}

/** One open image with everything around it. */
export function WorkspacePage({ api, imageId, user, onUser }: WorkspacePageProps) {
  const [workspace, setWorkspace] = useState<Workspace | null>(null);
  /** Several images at one address: one of them is to be chosen. */
  const [collection, setCollection] = useState<ImageRow | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  const [attempt, setAttempt] = useState(0);
  const again = () => setAttempt((count) => count + 1);
  const passing = isPassing(problem);
  useTriesAgain(passing, again);

  useEffect(() => {
    const stop = new AbortController();
    let opened: Workspace | null = null;
    api
      .image(imageId, stop.signal)
      .then((image) => {
        if (stop.signal.aborted) return;
        setProblem(null);
        if (image.kind !== "image") return setCollection(image);
        opened = createWorkspace(image, user);
        setWorkspace(opened);
      })
      .catch((error: unknown) => {
        if (!stop.signal.aborted) setProblem(error);
      });
    return () => {
      stop.abort();
      if (opened) {
        onUser(opened.user.get());
        opened.destroy();
      }
    };
  }, [api, imageId, attempt]);

  if (problem !== null) {
    const missing = isApiError(problem) && problem.status === 404;
    return (
      <Message
        title={missing ? "This image is not here" : "The image did not open"}
        text={passing ? `${errorSentence(problem)} ${TRIED_AGAIN}` : errorSentence(problem)}
        {...(passing && { action: { label: "Try again", run: again } })}
        link={{ label: "All images", href: hrefOfImageList }}
      />
    );
  }
  if (collection) {
    return <CollectionPage api={api} row={collection} />;
  }
  if (!workspace) return WAITING;
  return (
    <WorkspaceContext value={workspace}>
      <Frame workspace={workspace} />
      <AfterOpening api={api} workspace={workspace} onCollection={setCollection} />
    </WorkspaceContext>
  );
}

/** The server may well give it in a moment. */
function isPassing(problem: unknown): boolean {
  return isApiError(problem) && (problem.code === "unreachable" || problem.status >= 500);
}

function Frame({ workspace }: { workspace: Workspace }) {
  const name = useStore(workspace.image, (row) => row.name);
  const panelOpen = useStore(panelState, (state) => state.open);
  const colored = useStore(workspace.colorBy, ({ kind }) => kind !== "class");
  const tableOpen = useStore(tableState, (state) => state.open);
  const ready = useStore(workspace.openState, (state) => state.kind === "ready");
  const planes = useStore(workspace.source, (source) => (source?.sizeZ ?? 1) > 1 || (source?.sizeT ?? 1) > 1);
  const measured = useStore(workspace.ruler, (line) => line !== null);
  const lineSelected = useStore(
    workspace.selected,
    (all) => all.length === 1 && all[0]!.geometry.kind === "polyline",
  );
  const locked = useStore(workspace.selected, (all) => all.some((one) => one.locked));
  const measuring = measured || lineSelected;
  const drawing = useStore(workspace.tool, (tool) => hasSize(tool) || drawsArea(tool));
  useEffect(() => {
    if (ready) loadTheRest();
  }, [ready]);
  useEffect(() => {
    document.title = `${name} · Coscope`;
  }, [name]);
  return (
    <div className="workspace" data-panel={panelOpen ? "open" : "closed"}>
      <button type="button" className="skip" onClick={focusCanvas}>
        Go to the image
      </button>
      <TopBar onHelp={() => helpOpen.set(true)} />
      <ToolRail />
      <main className="stage" aria-label={name}>
        <CanvasView workspace={workspace} />
        <FollowFrame />
        <CanvasStatus />
        <Later when={planes}>
          <PlaneControls />
        </Later>
        <Later when={drawing}>
          <ToolOptions />
        </Later>
        <Later when={measuring}>
          <Ruler />
        </Later>
        <Later when={locked}>
          <LockMarks />
        </Later>
        <OnDemand />
        <InterchangeLayer />
        <Later when={colored && ready}>
          <ColorLegend />
        </Later>
        <Notices />
      </main>
      <Later when={tableOpen && ready}>
        <ObjectsTable />
      </Later>
      {panelOpen ? <SidePanel /> : null}
      <StatusBar />
    </div>
  );
}

interface AfterOpeningProps {
  api: Api;
  workspace: Workspace;
  onCollection: (row: ImageRow) => void;
}

/** Leaves a small picture for the list; finds out when an address holds several images after all. */
function AfterOpening({ api, workspace, onCollection }: AfterOpeningProps) {
  const state = useStore(workspace.openState, ({ kind }) => kind);
  useEffect(() => {
    if (state === "opening") return;
    let gone = false;
    const image = workspace.image.get();
    const after = async () => {
      if (state === "ready") {
        if (image.preview === null) await (await import("../open/pictures.ts")).keepPicture(api, image);
        return;
      }
      const { becomeCollection } = await import("../open/become-collection.ts");
      const row = await becomeCollection(api, image, false);
      if (row && !gone) onCollection(row);
    };
    // What failed said so where it failed.
    after().catch(() => {});
    return () => {
      gone = true;
    };
  }, [api, workspace, state, onCollection]);
  return null;
}

/** The first stop for Tab, so that the bar need not be passed each time. */
function focusCanvas() {
  document.querySelector<HTMLElement>(".canvas")?.focus();
}

/** A part that loads when it is first needed. */
function Later({ when, children }: { when: boolean; children: ReactNode }) {
  return when ? <Boundary fallback={() => null}>{children}</Boundary> : null;
}

/** It has no place of its own while it is not there. */
function TableNotLoaded({ gone }: Failure) {
  const { importing } = useWorkspace();
  useEffect(() => {
    importing.say(notLoadedText({ gone }));
    tableState.set((state) => ({ ...state, open: false }));
  }, []);
  return null;
}
