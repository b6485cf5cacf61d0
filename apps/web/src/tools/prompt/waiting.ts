import type { OutliningHost } from "./outlining-host.ts";

/** What is quicker than this is not worth a word. */
const QUIET_MS = 300;
const POLL_MS = 1000;
const ORDINALS = ["", "next", "2nd in line", "3rd in line"];

/** Says what is waited for, once it takes a moment: a region being read, and the place in the server's line. */
export function watchWaiting(host: OutliningHost, say: (text: string | null) => void): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let turn = 0;

  async function tell(mine: number): Promise<void> {
    if (mine !== turn) return;
    if (host.remember.private) return say("Reading this region in your browser…");
    say("Reading this region…");
    const place = await host.placeInLine();
    if (mine !== turn) return;
    if (place !== null && place > 0) say(`Reading this region… ${ORDINALS[place] ?? `${place}th in line`}`);
    timer = setTimeout(() => void tell(mine), POLL_MS);
  }

  host.onWaiting((region) => {
    turn++;
    clearTimeout(timer);
    if (!region) return say(null);
    const mine = turn;
    timer = setTimeout(() => void tell(mine), QUIET_MS);
  });
}
