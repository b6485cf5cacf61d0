import { type Browser, chromium } from "playwright";
import { expect } from "vitest";
import { Person } from "./support/person.ts";
import type { ServerOptions, TestServer } from "./support/server.ts";
import { startTestServer } from "./support/server.ts";

export { Person, type Shown, type XY } from "./support/person.ts";

/** Software GL; two contexts that paint at once are slow enough with this. */
const FLAGS = [
  "--headless=new",
  "--no-sandbox",
  "--use-angle=swiftshader",
  "--enable-unsafe-swiftshader",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // The page of the person who is not in front must go on as well.
  "--disable-background-timer-throttling",
  "--disable-backgrounding-occluded-windows",
  "--disable-renderer-backgrounding",
];

const VIEWPORT = { width: 760, height: 480 };
const COLORS = ["#e69f00", "#56b4e9", "#cc79a7"];

/** Where the demo slide has something to see, at a zoom at which gestures are precise. Image px. */
export const PLACE = { cx: 30_000, cy: 20_000, zoom: 1 };

export interface World {
  readonly server: TestServer;
  /** Another guest in a context of their own, at the same place of the image. */
  join(name: string, options?: JoinOptions): Promise<Person>;
  /** As `join`, but through the link that the server printed and the welcome page. */
  enter(name: string, options: { readonly origin: string }): Promise<Person>;
  close(): Promise<void>;
}

export interface JoinOptions {
  readonly imageId?: string;
  readonly viewport?: { width: number; height: number };
  /** What comes after `#image=<id>`; the place that all tests use by default. */
  readonly view?: string;
  /** Of the page; the server's own by default. */
  readonly origin?: string;
}

export interface WorldOptions extends ServerOptions {
  readonly flags?: readonly string[];
}

/** A server and a browser; `join` brings people. */
export async function createWorld(options: WorldOptions = {}): Promise<World> {
  const server = await startTestServer(options);
  const executablePath = process.env.COSCOPE_CHROMIUM ?? process.env.CHROME_PATH ?? "/usr/bin/chromium";
  const browser: Browser = await chromium.launch({
    executablePath,
    args: [...FLAGS, ...(options.flags ?? [])],
  });
  const people: Person[] = [];
  const place = `&at=${PLACE.cx},${PLACE.cy},${PLACE.zoom}`;

  async function arrive(name: string, viewport = VIEWPORT): Promise<Person> {
    const context = await browser.newContext({ viewport, reducedMotion: "reduce" });
    const person = new Person(name, context, await context.newPage());
    people.push(person);
    return person;
  }

  return {
    server,
    async join(name, { imageId = "demo", viewport, view = place, origin = server.url } = {}) {
      const color = COLORS[people.length % COLORS.length]!;
      const person = await arrive(name, viewport);
      const answer = await person.context.request.post(`${origin}/api/sessions/guest`, {
        data: { name, color },
        headers: { origin },
      });
      if (!answer.ok()) throw new Error(`No session for ${name}: ${answer.status()} ${await answer.text()}`);
      await person.page.goto(`${origin}/#image=${imageId}${view}`);
      await person.ready();
      return person;
    },
    async enter(name, { origin }) {
      const person = await arrive(name);
      const { hash } = new URL(server.pageUrl);
      await person.page.goto(`${origin}/#image=demo${place}&${hash.slice(1)}`);
      await person.page.getByLabel("Your name").fill(name);
      await person.page.getByRole("button", { name: "Start" }).click();
      await person.ready();
      return person;
    },
    async close() {
      await browser.close();
      await server.close();
      for (const { name, errors } of people) expect(errors, `uncaught errors at ${name}'s page`).toEqual([]);
    },
  };
}

/** Waits until all see the same, and returns it. */
export async function converged(...people: Person[]): Promise<void> {
  for (const person of people) await person.saved();
  await expect
    .poll(
      async () =>
        new Set((await Promise.all(people.map((p) => p.hashes()))).map((h) => JSON.stringify(h))).size,
      {
        timeout: 30_000,
        message: "all pages hold the same",
      },
    )
    .toBe(1);
}
