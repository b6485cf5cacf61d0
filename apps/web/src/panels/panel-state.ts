import { createRemembered } from "../ui/remembered.ts";

export type PanelTab = "layers" | "channels" | "objects";

export interface PanelState {
  readonly open: boolean;
  readonly tab: PanelTab;
  /** Counts of a histogram are drawn by their logarithm. */
  readonly logHistogram: boolean;
  /** The options of the channels are unfolded. */
  readonly channelOptions: boolean;
}

const tabs: readonly unknown[] = ["layers", "channels", "objects"];

function isPanelState(found: unknown): found is PanelState {
  const state = found as Partial<PanelState> | null;
  return (
    typeof state === "object" &&
    typeof state?.open === "boolean" &&
    typeof state.logHistogram === "boolean" &&
    typeof state.channelOptions === "boolean" &&
    tabs.includes(state.tab)
  );
}

/** How the right-hand panel is set, for all images. A narrow window starts with it closed. */
export const panelState = createRemembered<PanelState>(
  "panel",
  {
    open: typeof innerWidth === "undefined" || innerWidth > 900,
    tab: "layers",
    logHistogram: true,
    channelOptions: false,
  },
  isPanelState,
);

export function togglePanel(): void {
  panelState.set((state) => ({ ...state, open: !state.open }));
}
