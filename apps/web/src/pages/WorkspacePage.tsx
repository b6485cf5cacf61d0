import { lazy, type ReactNode, Suspense, useEffect, useState } from "react";
import { type Api, errorSentence, isApiError } from "../api/index.ts";
import { CanvasView } from "../canvas/CanvasView.tsx";
import { useStore } from "../hooks/use-store.ts";
import { InterchangeLayer } from "../interchange/InterchangeLayer.tsx";
import { helpOpen } from "../keys/help.ts";
import { tableState } from "../objects/table-state.ts";
import { OnDemand } from "../palette/OnDemand.tsx";
import { CanvasStatus } from "../panels/CanvasStatus.tsx";
import { FollowFrame } from "../panels/FollowFrame.tsx";
import { loadHelp, loadPlanes, loadRuler, loadTable, loadTheRest, loadToolOptions } from "../panels/later.ts";
import { Notices } from "../panels/Notices.tsx";
import { panelState } from "../panels/panel-state.ts";
import { SidePanel } from "../panels/SidePanel.tsx";
import { StatusBar } from "../panels/StatusBar.tsx";
import { ToolRail } from "../panels/ToolRail.tsx";
import { TopBar } from "../panels/TopBar.tsx";
import { WorkspaceContext } from "../panels/workspace-context.ts";
import { createWorkspace } from "../session/create-workspace.ts";
import { drawsArea, hasSize } from "../state/brush.ts";
import { hrefOfImageList } from "../state/route.ts";
import type { ImageRow, User } from "../state/rows.ts";
import type { Workspace } from "../state/workspace.ts";
import { Boundary } from "../ui/Boundary.tsx";
import { Message } from "./Message.tsx";

const CollectionPage = lazy(async () => ({
  default: (await import("./CollectionPage.tsx")).CollectionPage,
}));
const PlaneControls = lazy(async () => ({ default: (await loadPlanes()).PlaneControls }));
const Ruler = lazy(async () => ({ default: (await loadRuler()).Ruler }));
const LockMarks = lazy(async () => ({ default: (await import("../panels/LockMarks.tsx")).LockMarks }));
const ToolOptions = lazy(async () => ({ default: (await loadToolOptions()).ToolOptions }));
const ObjectsTable = lazy(async () => ({ default: (await loadTable()).ObjectsTable }));
const ColorLegend = lazy(async () => ({ default: (await import("../objects/ColorLegend.tsx")).ColorLegend }));
const HelpDialog = lazy(async () => ({ default: (await loadHelp()).HelpDialog }));

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
  const [problem, setProblem] = useState<{ title: string; text: string } | null>(null);

  useEffect(() => {
    const stop = new AbortController();
    let opened: Workspace | null = null;
    api
      .image(imageId, stop.signal)
      .then((image) => {
        if (stop.signal.aborted) return;
        if (image.kind !== "image") return setCollection(image);
        opened = createWorkspace(image, user);
        setWorkspace(opened);
      })
      .catch((error: unknown) => {
        if (stop.signal.aborted) return;
        setProblem({
          title:
            isApiError(error) && error.status === 404 ? "This image is not here" : "The image did not open",
          text: errorSentence(error),
        });
      });
    return () => {
      stop.abort();
      if (opened) {
        onUser(opened.user.get());
        opened.destroy();
      }
    };
  }, [api, imageId]);

  if (problem) return <Message {...problem} link={{ label: "All images", href: hrefOfImageList }} />;
  if (collection) {
    return (
      <Suspense fallback={<div className="workspace-waiting" />}>
        <CollectionPage api={api} row={collection} />
      </Suspense>
    );
  }
  if (!workspace) return <div className="workspace-waiting" />;
  return (
    <WorkspaceContext value={workspace}>
      <Frame workspace={workspace} />
      <AfterOpening api={api} workspace={workspace} onCollection={setCollection} />
    </WorkspaceContext>
  );
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
      <Help />
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
  return when ? (
    <Boundary fallback={() => null}>
      <Suspense>{children}</Suspense>
    </Boundary>
  ) : null;
}

/** The table of keys loads when it is first asked for, and stays. */
function Help() {
  const open = useStore(helpOpen);
  const [wanted, setWanted] = useState(open);
  if (open && !wanted) setWanted(true);
  return wanted ? (
    <Boundary fallback={() => null}>
      <Suspense>
        <HelpDialog />
      </Suspense>
    </Boundary>
  ) : null;
}
