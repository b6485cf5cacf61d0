/** Parts that the first picture does not need. Loaded when the page has time, so that a press finds them there. */
export const loadChannels = () => import("./ChannelsPanel.tsx");
export const loadHelp = () => import("./HelpDialog.tsx");

export function loadTheRest(): void {
  // Should this fail (the server was updated meanwhile), the press itself tries again and says so.
  for (const load of [loadChannels, loadHelp]) load().catch(() => {});
}
