import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { type Browser, type BrowserContext, chromium } from "playwright";
import { CHROMIUM_FLAGS, chromiumPath } from "../../chromium.ts";

/** A browser with a profile on disk whose processes can be killed, which Playwright's own cannot. */
export class OwnBrowser {
  readonly context: BrowserContext;
  readonly #browser: Browser;
  readonly #child: ChildProcess;

  private constructor(browser: Browser, child: ChildProcess) {
    this.#browser = browser;
    this.#child = child;
    this.context = browser.contexts()[0]!;
  }

  static async start(profile: string): Promise<OwnBrowser> {
    const flags = ["--headless=new", "--remote-debugging-port=0", `--user-data-dir=${profile}`];
    const child = spawn(chromiumPath(), [...flags, ...CHROMIUM_FLAGS, "about:blank"], {
      stdio: ["ignore", "ignore", "pipe"],
      // A group of its own: all of its processes die together.
      detached: true,
    });
    const endpoint = await new Promise<string>((resolve, reject) => {
      let log = "";
      child.stderr!.on("data", (chunk) => {
        log += chunk;
        const found = /DevTools listening on (ws:\S+)/.exec(log)?.[1];
        if (found) resolve(found);
      });
      child.once("exit", (code) => reject(new Error(`The browser ended with ${code}: ${log}`)));
    });
    return new OwnBrowser(await chromium.connectOverCDP(endpoint), child);
  }

  /** SIGKILL to all of its processes. */
  async kill(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const gone = once(this.#child, "exit");
      process.kill(-this.#child.pid!, "SIGKILL");
      await gone;
    }
    await this.#browser.close().catch(() => {});
  }
}
