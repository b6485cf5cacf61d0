import { decodeClientFrame, isPresenceFrame } from "@coscope/annotations/presence";
import type { Page } from "playwright";
import { expect, test } from "vitest";
import type { JoinOptions, World } from "./harness.ts";
import { clickTried, outlined, outliningState, proposed } from "./support/outlining.ts";
import { shoot } from "./support/shoot.ts";
import type { TrueObject } from "./support/truth.ts";

export interface PrivateOptions {
  world(): World;
  object(): TrueObject;
  /** Where the object can be seen. */
  readonly where: JoinOptions;
}

/** What the page asks the server for while it opens the demo slide and outlines by itself: this and nothing else. */
const ALLOWED = [
  /^GET \/(index\.html)?$/,
  /^GET \/assets\//,
  /^GET \/demo\/slide\.zarr\//,
  /^GET \/api\/(session|images|models)$/,
  /^GET \/api\/images\/demo(\/(layers|views|thumbnail))?$/,
  /^GET \/api\/projects\/\w+\/(classes|presets)$/,
  /^GET \/api\/models\/[\w.-]+\/files\/(encoder|decoder)\.onnx$/,
];
/** An annotation that is kept, and what the protocol of the live document needs besides, bytes. */
const MOST_SENT = 20_000;

export function privateCases({ world, object, where }: PrivateOptions): void {
  test("what is missing is said, and what can be done; private mode asks the server for no region and shows nobody", async () => {
    const cleo = await world().join("Cleo", where);
    const { page } = cleo;
    const tried = () => clickTried(cleo, object());
    const counted = (await cleo.annotations()).length;
    await page.route("**/files/decoder.onnx?*", (route) => route.fulfill({ status: 404, json: {} }));
    await cleo.key("s");
    await expect.poll(tried, { timeout: 40_000 }).toMatch(/model’s file|model's file/);
    await page.unroute("**/files/decoder.onnx?*");
    await page.reload();
    await cleo.ready();
    await cleo.key("s");

    await page.route("**/embeddings?*", (route) => route.fulfill({ status: 503, json: {} }));
    await expect.poll(tried, { timeout: 40_000 }).toMatch(/does not read regions/);
    await shoot(page, "prompt-failure");
    await page.unroute("**/embeddings?*");
    await page.getByRole("button", { name: "Read it here (private)" }).click();
    await cleo.key("r");

    // From here on: the page again, as private as it was left.
    const { asked, frames } = watched(page);
    await page.reload();
    await cleo.ready();
    await cleo.key("s");
    await cleo.click(object());
    await proposed(cleo);
    // Ghosts are sent with the cursor: once that is known, so would be the ghost.
    const beside = { x: object().x + 40, y: object().y + 40 };
    await cleo.moveTo(beside);
    const cursorSent = () =>
      patches(frames).some(({ cursor }) => cursor && Math.abs(cursor.x - beside.x) < 1);
    await expect.poll(cursorSent).toBe(true);
    await cleo.key("Enter");
    await outlined(cleo, counted + 1);
    await cleo.saved();
    expect(await outliningState(cleo)).toMatchObject({ private: true });
    const mine = (await cleo.annotations()).find(({ provenance }) => provenance?.["private"] === true);
    expect(mine).toBeDefined();

    expect(asked.some(({ url }) => url.includes("/files/encoder.onnx"))).toBe(true);
    const others = asked.map(({ method, url }) => `${method} ${new URL(url).pathname}`);
    expect(others.filter((one) => !ALLOWED.some((allowed) => allowed.test(one)))).toEqual([]);
    // Nothing larger than a command goes out either, and no ghost of the proposal.
    expect(asked.filter(({ sent }) => sent > MOST_SENT)).toEqual([]);
    expect(frames.filter((frame) => frame.length > MOST_SENT)).toEqual([]);
    expect(patches(frames).filter(({ ghost }) => ghost)).toEqual([]);
    await cleo.key("Control+z");
    await outlined(cleo, counted);
  });

  test("in the isolated page the model runs in threads; who has another contrast shares the encodes", async () => {
    const dora = await world().join("Dora", where);
    await dora.page.evaluate(() => {
      const { channels, actions } = window.__coscope!.workspace;
      actions.setChannels(channels.get().map((c) => ({ ...c, min: c.min + 5, max: c.max * 0.6 })));
    });
    const how: string[] = [];
    dora.page.on("response", (response) => {
      const said = response.headers()["x-coscope-encode"];
      if (said) how.push(said);
    });
    await dora.key("s");
    await dora.click(object());
    await proposed(dora);
    const threads = (await outliningState(dora)).threads;
    expect(await dora.page.evaluate(() => crossOriginIsolated)).toBe(true);
    expect(threads).toBeGreaterThan(1);
    // Ada's clicks, and where she looked when she took the tool, had all of it encoded before.
    expect(how.length).toBeGreaterThan(0);
    expect(how).not.toContain("encoded");

    // A model that was added meanwhile is there when the tool is picked again; one that is broken says why.
    await dora.page.route("**/api/models", async (route) => {
      const rows = (await (await route.fetch()).json()) as object[];
      const other = {
        id: "other",
        name: "Other",
        default: false,
        ready: false,
        why: "decoder.onnx is missing",
      };
      await route.fulfill({ json: [...rows, { ...rows[0], ...other }] });
    });
    await dora.key("v");
    await dora.key("s");
    const why = dora.page.getByText("“Other” cannot be used: decoder.onnx is missing");
    await expect.poll(() => why.isVisible()).toBe(true);
    await shoot(dora.page, "prompt-models");
  });
}

interface Asked {
  readonly method: string;
  readonly url: string;
  /** Bytes of the body. */
  readonly sent: number;
}

/** All that the page sends from now on: requests, those of its workers too, and frames of its sockets. */
function watched(page: Page): { asked: Asked[]; frames: Buffer[] } {
  const asked: Asked[] = [];
  const frames: Buffer[] = [];
  page.on("request", (request) => {
    const url = request.url();
    if (/^https?:/.test(url))
      asked.push({ method: request.method(), url, sent: request.postDataBuffer()?.length ?? 0 });
  });
  page.on("websocket", (socket) =>
    socket.on("framesent", ({ payload }) => frames.push(Buffer.from(payload))),
  );
  return { asked, frames };
}

function patches(frames: readonly Buffer[]) {
  return frames.filter(isPresenceFrame).flatMap((bytes) => {
    const frame = decodeClientFrame(bytes);
    return frame.kind === "patch" ? [frame.patch] : [];
  });
}
