import type { AnnotationSnapshot } from "@coscope/annotations";
// Declares `window.__coscope`.
import type {} from "@coscope/web/debug-handle";
import type { Workspace } from "@coscope/web/workspace";
import type { BrowserContext, Page } from "playwright";

export type Shown = AnnotationSnapshot & { readonly layerId: string };
export type Action = keyof Workspace["actions"];

export interface XY {
  readonly x: number;
  readonly y: number;
}

/** Conditions are looked at this often and for this long. */
const POLL_MS = 50;
const PATIENCE_MS = 45_000;

/** Somebody at a browser of their own. Gestures go through the real mouse and keyboard. */
export class Person {
  readonly name: string;
  readonly context: BrowserContext;
  readonly page: Page;
  /** Uncaught errors of the page; a test ends with none. */
  readonly errors: string[] = [];

  constructor(name: string, context: BrowserContext, page: Page) {
    this.name = name;
    this.context = context;
    this.page = page;
    page.on("pageerror", (error) => this.errors.push(error.stack ?? error.message));
  }

  /** Resolves when the picture is open, the layers are loaded and the others can be seen. */
  async ready(): Promise<void> {
    await this.until("the image opens", () => {
      const handle = window.__coscope;
      const layers = handle?.workspace.layers.get() ?? [];
      return (
        handle?.workspace.openState.get().kind === "ready" &&
        layers.length > 0 &&
        layers.every(({ state }) => state === "ready") &&
        handle.workspace.people.get()[0]!.peerId !== 0
      );
    });
  }

  /** Waits for a condition inside the page. */
  async until<Arg>(what: string, condition: (arg: Arg) => boolean, arg?: Arg): Promise<void> {
    try {
      await this.page.waitForFunction(condition as (arg: unknown) => boolean, arg, {
        polling: POLL_MS,
        timeout: PATIENCE_MS,
      });
    } catch (cause) {
      const state = await this.page.evaluate(() => {
        const workspace = window.__coscope?.workspace;
        return (
          workspace && {
            open: workspace.openState.get(),
            saved: workspace.saved.get(),
            notices: workspace.notices.get(),
          }
        );
      });
      throw new Error(
        `${this.name} waited in vain: ${what}. ${JSON.stringify(state)} ${this.errors.join("\n")}`,
        {
          cause,
        },
      );
    }
  }

  annotations(): Promise<Shown[]> {
    return this.page.evaluate(() => window.__coscope!.annotations());
  }

  hashes(): Promise<Record<string, string>> {
    return this.page.evaluate(() => window.__coscope!.contentHashes());
  }

  async saved(): Promise<void> {
    await this.until("everything is saved", () => window.__coscope!.workspace.saved.get().kind === "saved");
  }

  async act<Name extends Action>(name: Name, ...args: Parameters<Workspace["actions"][Name]>): Promise<void> {
    await this.page.evaluate(
      async ([action, values]) => {
        const actions = window.__coscope!.workspace.actions as unknown as Record<
          string,
          (...v: unknown[]) => unknown
        >;
        await actions[action]!(...values);
      },
      [name, args] as [string, unknown[]],
    );
  }

  /** Where a point of the image is on the page. */
  at(point: XY): Promise<XY> {
    return this.page.evaluate(({ x, y }) => {
      const viewer = window.__coscope!.viewer()!;
      const screen = viewer.imageToScreen({ x, y } as Parameters<typeof viewer.imageToScreen>[0]);
      const box = document.querySelector(".canvas")!.getBoundingClientRect();
      return { x: screen.x + box.left, y: screen.y + box.top };
    }, point);
  }

  async click(point: XY, options: { modifiers?: ("Shift" | "Alt" | "Control")[] } = {}): Promise<void> {
    const { x, y } = await this.at(point);
    for (const key of options.modifiers ?? []) await this.page.keyboard.down(key);
    await this.page.mouse.click(x, y);
    for (const key of options.modifiers ?? []) await this.page.keyboard.up(key);
  }

  async drag(from: XY, to: XY): Promise<void> {
    await this.press(from);
    await this.moveTo(to);
    await this.page.mouse.up();
  }

  /** Holds the button down there. */
  async press(point: XY): Promise<void> {
    const { x, y } = await this.at(point);
    await this.page.mouse.move(x, y);
    await this.page.mouse.down();
  }

  async moveTo(point: XY): Promise<void> {
    const { x, y } = await this.at(point);
    await this.page.mouse.move(x, y, { steps: 4 });
  }

  async key(key: string): Promise<void> {
    await this.page.locator(".canvas").focus();
    await this.page.keyboard.press(key);
  }

  async offline(): Promise<void> {
    await this.page.evaluate(() => window.__coscope!.offline());
    await this.until("being offline", () => window.__coscope!.workspace.saved.get().kind === "offline");
  }

  async online(): Promise<void> {
    await this.page.evaluate(() => window.__coscope!.online());
  }

  notices(): Promise<string[]> {
    return this.page.evaluate(() => window.__coscope!.workspace.notices.get().map(({ text }) => text));
  }
}
