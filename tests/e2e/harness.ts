import { type Browser, chromium } from "playwright";
import { expect } from "vitest";
import { CHROMIUM_FLAGS, chromiumPath } from "../chromium.ts";
import { Person } from "./support/person.ts";
import type { ServerOptions, TestServer } from "./support/server.ts";
import { startTestServer } from "./support/server.ts";

export { Person, type Shown, type XY } from "./support/person.ts";

/** Two contexts that paint at once are slow with software GL; the one that is not in front must go on as well. */
const FLAGS = [
  ...CHROMIUM_FLAGS,
  "--disable-background-timer-throttling",
  "--disable-backgrounding-occluded-windows",
  "--disable-renderer-backgrounding",
];

const VIEWPORT = { width: 760, height: 480 };
const COLORS = ["#e69f00", "#56b4e9", "#cc79a7"];

/** An image to meet at, and a place in it where gestures are precise. */
export interface Scene {
  readonly name: string;
  /** Puts the image into the server's data before it starts. */
  readonly prepare?: (dataDir: string) => void;
  /** As the list of images names it. */
  readonly imageName: string;
  /** Centre in image px, CSS px per image px. */
  readonly place: { readonly cx: number; readonly cy: number; readonly zoom: number };
}

export const demo: Scene = {
  name: "demo slide",
  imageName: "Demo slide",
  place: { cx: 30_000, cy: 20_000, zoom: 1 },
};

/** Where people meet on the demo slide. */
export const PLACE = demo.place;

export interface World {
  readonly server: TestServer;
  /** Another guest in a context of their own, at the same place of the image. */
  join(name: string, options?: JoinOptions): Promise<Person>;
  /** As `join`, but through the link that the server printed and the welcome page. */
  enter(
    name: string,
    options: Required<Pick<JoinOptions, "origin">> & Pick<JoinOptions, "viewport">,
  ): Promise<Person>;
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

export interface WorldOptions extends Omit<ServerOptions, "prepare"> {
  readonly scene?: Scene;
  readonly flags?: readonly string[];
}

/** A server and a browser; `join` brings people. */
export async function createWorld(options: WorldOptions = {}): Promise<World> {
  const scene = options.scene ?? demo;
  const server = await startTestServer({ ...options, ...(scene.prepare && { prepare: scene.prepare }) });
  const browser: Browser = await chromium.launch({
    executablePath: chromiumPath(),
    args: [...FLAGS, ...(options.flags ?? [])],
  });
  const people: Person[] = [];
  const place = `&at=${scene.place.cx},${scene.place.cy},${scene.place.zoom}`;

  async function arrive(name: string, viewport = VIEWPORT): Promise<Person> {
    const context = await browser.newContext({ viewport, reducedMotion: "reduce" });
    const person = new Person(name, context, await context.newPage());
    people.push(person);
    return person;
  }

  return {
    server,
    async join(name, { imageId, viewport, view = place, origin = server.url } = {}) {
      const color = COLORS[people.length % COLORS.length]!;
      const person = await arrive(name, viewport);
      const answer = await person.context.request.post(`${origin}/api/sessions/guest`, {
        data: { name, color },
        headers: { origin },
      });
      if (!answer.ok()) throw new Error(`No session for ${name}: ${answer.status()} ${await answer.text()}`);
      const id = imageId ?? (await idOf(person, origin, scene.imageName));
      await person.page.goto(`${origin}/#image=${id}${view}`);
      await person.ready();
      return person;
    },
    async enter(name, { origin, viewport }) {
      const person = await arrive(name, viewport);
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

async function idOf(person: Person, origin: string, imageName: string): Promise<string> {
  const answer = await person.context.request.get(`${origin}/api/images`);
  const images = (await answer.json()) as { id: string; name: string }[];
  const image = images.find(({ name }) => name === imageName);
  if (!image) throw new Error(`No image "${imageName}" among ${images.map(({ name }) => name).join(", ")}`);
  return image.id;
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
