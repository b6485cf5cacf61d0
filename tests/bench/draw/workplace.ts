import {
  type AnnotationSnapshot,
  createLayerDocument,
  execute,
  type Geometry,
  makeAdd,
} from "@coscope/annotations";
import { type Browser, chromium } from "playwright";
import WebSocket from "ws";
import { WebsocketProvider } from "y-websocket";
import * as Y from "yjs";
import { CHROMIUM_FLAGS, chromiumPath } from "../../chromium.ts";
import { Person } from "../../e2e/support/person.ts";
import { startTestServer } from "../../e2e/support/server.ts";

/** CSS px per image px, and the place that is looked at, of the demo slide. */
export const PLACE = { cx: 30_000, cy: 20_000, zoom: 1 };
const VIEWPORT = { width: 960, height: 600 };
const PATIENCE_MS = 60_000;
/** Annotations in one update: the server takes no larger ones than an import writes. */
const BATCH = 2_000;

/** The real page in Chromium with the real server behind it, and what is to be drawn on. */
export interface Workplace {
  readonly person: Person;
  shape(): Promise<AnnotationSnapshot>;
  close(): Promise<void>;
}

/** Opens the demo slide with these annotations on it. */
export async function openWorkplace(geometries: readonly Geometry[]): Promise<Workplace> {
  const server = await startTestServer();
  let browser: Browser | null = null;
  try {
    const headers = { origin: server.url, "content-type": "application/json" };
    const body = JSON.stringify({ name: "Bench", color: "#e69f00" });
    const answer = await fetch(`${server.url}/api/sessions/guest`, { method: "POST", headers, body });
    const { token, user } = (await answer.json()) as { token: string; user: { id: string } };
    if (geometries.length > 0) await fill(server.url, token, user.id, geometries);
    browser = await chromium.launch({ executablePath: chromiumPath(), args: [...CHROMIUM_FLAGS] });
    const context = await browser.newContext({ viewport: VIEWPORT, reducedMotion: "reduce" });
    await context.addCookies([{ name: "coscope_session", value: token, url: server.url }]);
    const page = await context.newPage();
    const person = new Person("Bench", context, page);
    const { cx, cy, zoom } = PLACE;
    await page.goto(`${server.url}/#image=demo&at=${cx},${cy},${zoom}`);
    await person.ready();
    await person.until(
      "the annotations",
      (count) => window.__coscope!.annotations().length === count,
      geometries.length,
    );
    await page.evaluate(() => window.__coscope!.viewer()!.whenIdle());
    const open = browser;
    return {
      person,
      async shape() {
        const [shape] = await person.annotations();
        if (!shape) throw new Error("There is no annotation on the page.");
        return shape;
      },
      async close() {
        await open.close();
        await server.close();
      },
    };
  } catch (error) {
    await browser?.close();
    await server.close();
    throw error;
  }
}

/** Puts them into the image's layer, as any client of the server may. */
async function fill(
  url: string,
  token: string,
  author: string,
  geometries: readonly Geometry[],
): Promise<void> {
  const authorization = `Bearer ${token}`;
  const answer = await fetch(`${url}/api/images/demo/layers`, { headers: { authorization } });
  const [layer] = (await answer.json()) as { room: string }[];
  const doc = new Y.Doc();
  const provider = new WebsocketProvider(`${url.replace("http", "ws")}/yjs`, layer!.room, doc, {
    params: { token },
    disableBc: true,
    WebSocketPolyfill: WebSocket as never,
  });
  try {
    await until(() => provider.synced, "the layer");
    const document = createLayerDocument(doc);
    for (let i = 0; i < geometries.length; i += BATCH) {
      const annotations = geometries.slice(i, i + BATCH).map((geometry) => ({ geometry, classId: null }));
      execute(document, makeAdd({ author, annotations }), "bench");
      // The socket takes a few at a time, as it would an import.
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    const clock = doc.store.clients.get(doc.clientID)!.length;
    await until(async () => {
      const saved = await fetch(`${url}/api/rooms/${layer!.room}/durable`, { headers: { authorization } });
      const { stateVector } = (await saved.json()) as { stateVector: string };
      return (Y.decodeStateVector(Buffer.from(stateVector, "base64")).get(doc.clientID) ?? 0) >= clock;
    }, "the annotations to be saved");
  } finally {
    provider.destroy();
    // Its awareness beats on otherwise.
    doc.destroy();
  }
}

async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const end = Date.now() + PATIENCE_MS;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`Waited in vain for ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
