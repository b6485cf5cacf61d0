import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BrowserContext } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { converged, createWorld, Person, PLACE, type World } from "./harness.ts";
import { expectAccessible } from "./support/axe.ts";
import { OwnBrowser } from "./support/own-browser.ts";

const PLACE_HASH = `#image=demo&at=${PLACE.cx},${PLACE.cy},${PLACE.zoom}`;

let world: World;
let ben: Person;

beforeAll(async () => {
  world = await createWorld();
  ben = await world.join("Ben");
});

afterAll(() => world?.close());

async function signIn(context: BrowserContext, name: string): Promise<void> {
  const answer = await context.request.post(`${world.server.url}/api/sessions/guest`, {
    data: { name, color: "#009e73" },
    headers: { origin: world.server.url },
  });
  expect(answer.ok()).toBe(true);
}

/** Another tab of the same browser. */
async function openTab(name: string, context: BrowserContext): Promise<Person> {
  const tab = new Person(name, context, await context.newPage());
  await tab.page.goto(`${world.server.url}/${PLACE_HASH}`);
  await tab.ready();
  return tab;
}

async function drawOffline(person: Person, count: number, row: number): Promise<void> {
  await person.offline();
  await person.key(".");
  for (let i = 0; i < count; i++) await person.click({ x: PLACE.cx - 40 + 12 * i, y: PLACE.cy + row });
  await person.until("its work is queued", (n) => window.__coscope!.pending() === n, count);
  // The last click is on its way to the disk for some milliseconds more.
  await expect.poll(() => storedBy(person)).toBeGreaterThanOrEqual(count);
}

/** How many commands this browser has on disk. */
const storedBy = ({ page }: Person) =>
  page.evaluate(
    () =>
      new Promise<number>((resolve, reject) => {
        const opening = indexedDB.open("coscope");
        opening.onerror = () => reject(opening.error);
        opening.onsuccess = () => {
          const counting = opening.result.transaction("outbox").objectStore("outbox").count();
          counting.onerror = () => reject(counting.error);
          counting.onsuccess = () => {
            opening.result.close();
            resolve(counting.result);
          };
        };
      }),
  );

const countAt = async (person: Person) => (await person.annotations()).length;

async function arrive(count: number): Promise<void> {
  await ben.until("what was drawn", (n) => window.__coscope!.annotations().length >= n, count);
}

test("a browser that is killed while offline comes back with its work, and sends it once", async () => {
  const before = await countAt(ben);
  const profile = mkdtempSync(join(tmpdir(), "coscope-profile-"));
  let browser = await OwnBrowser.start(profile);
  try {
    await signIn(browser.context, "Cleo");
    const cookies = await browser.context.cookies();
    await drawOffline(await openTab("Cleo", browser.context), 5, -80);
    await browser.kill();

    browser = await OwnBrowser.start(profile);
    // Cookies are written to disk half a minute late; who Cleo is, is not what is looked at here.
    await browser.context.addCookies(cookies);
    // The tab that is gone said "alive" a moment ago; that it holds no lock any more tells.
    const back = await openTab("Cleo", browser.context);
    await arrive(before + 5);
    await converged(back, ben);
    expect(await countAt(ben)).toBe(before + 5);
  } finally {
    await browser.kill();
    rmSync(profile, { recursive: true, force: true });
  }
});

test("two tabs, one of which is closed for good, and another person at the same computer", async () => {
  const first = await world.join("Dora");
  const second = await openTab("Dora", first.context);
  const before = await countAt(ben);
  await drawOffline(first, 2, 40);
  await drawOffline(second, 3, 80);
  const dora = await first.page.evaluate(() => window.__coscope!.workspace.user.get().id);
  const cookies = await first.context.cookies();
  await first.page.goto("about:blank");
  await second.page.close();

  // Somebody else sits down: sees nothing of it, sends nothing of it.
  await signIn(first.context, "Emil");
  const emil = await openTab("Emil", first.context);
  expect(await emil.page.evaluate(() => window.__coscope!.pending())).toBe(0);
  expect(await countAt(emil)).toBe(before);
  await emil.key(".");
  await emil.click({ x: PLACE.cx, y: PLACE.cy + 120 });
  await emil.saved();
  await arrive(before + 1);
  expect(await countAt(ben)).toBe(before + 1);
  await emil.page.close();

  await first.context.addCookies(cookies);
  await first.page.goBack();
  await first.ready();
  await arrive(before + 6);
  await converged(first, ben);
  const shown = await ben.annotations();
  expect(shown).toHaveLength(before + 6);
  expect(shown.filter(({ author }) => author === dora)).toHaveLength(5);
});

test("a guest whose session is lost is told of what was not sent, and may add it as their own", async () => {
  const gil = await world.enter("Gil", { origin: world.server.url });
  const before = await countAt(ben);
  await drawOffline(gil, 1, 0);
  const former = await gil.page.evaluate(() => window.__coscope!.workspace.user.get().id);
  await gil.context.clearCookies();
  await gil.page.evaluate(() => window.__coscope!.online());
  await gil.until("being signed out", () => {
    const saved = window.__coscope!.workspace.saved.get();
    return saved.kind === "offline" && saved.why === "signed-out" && saved.queued === 1;
  });

  await gil.page.reload();
  await gil.ready();
  const card = gil.page.getByRole("region", { name: "Changes that were never sent" });
  await card.getByText("Gil's 1 change on “Demo slide” was never sent from this browser.").waitFor();
  await expectAccessible(gil.page, "changes that were never sent");
  // Somebody new, under whose name nothing goes out by itself.
  const user = await gil.page.evaluate(() => window.__coscope!.workspace.user.get().id);
  expect(user).not.toBe(former);
  expect(await gil.page.evaluate(() => window.__coscope!.pending())).toBe(0);
  expect(await countAt(ben)).toBe(before);
  await gil.page.getByRole("button", { name: /^Saved · 1 never sent/ }).waitFor();

  await card.getByRole("button", { name: "Add it as yours" }).press("Enter");
  await arrive(before + 1);
  await gil.saved();
  await converged(gil, ben);
  const shown = await ben.annotations();
  expect(shown).toHaveLength(before + 1);
  expect(shown.filter(({ author }) => author === user)).toHaveLength(1);
  await card.waitFor({ state: "detached" });
  await gil.page.getByRole("button", { name: "Saved. What this means" }).waitFor();
  expect(await storedBy(gil)).toBe(0);
});

test("one forbidden edit among a hundred is refused alone, kept, and can be copied elsewhere", async () => {
  const fay = await world.join("Fay");
  const before = await countAt(ben);
  await drawOffline(fay, 1, -40);
  // What is queued becomes a hundred, the fiftieth of which names another author.
  await fay.page.goto(`${world.server.url}/healthz`);
  await fay.page.evaluate(async () => {
    const request = indexedDB.open("coscope");
    await new Promise((resolve) => {
      request.onsuccess = resolve;
    });
    const transaction = request.result.transaction("outbox", "readwrite");
    const store = transaction.objectStore("outbox");
    const all = store.getAll();
    all.onsuccess = () => {
      const [first] = all.result;
      for (let i = 1; i < 100; i++) {
        const entry = structuredClone(first);
        const stamp = (0x1000 + i).toString(16).padStart(16, "0");
        entry.key = entry.command.stamp = stamp;
        entry.at += i;
        Object.assign(entry, { clockFrom: entry.clockFrom + i, clockTo: entry.clockTo + i });
        entry.command.annotations[0].id = `many${i}`;
        entry.command.annotations[0].geometry.x += i;
        if (i === 50) entry.command.author = "somebody-else";
        store.put(entry);
      }
    };
    await new Promise((resolve) => {
      transaction.oncomplete = resolve;
    });
  });
  await fay.page.goto(`${world.server.url}/${PLACE_HASH}`);
  await fay.ready();
  await fay.until(
    "the refusal",
    () => window.__coscope!.workspace.saved.get().kind === "rejected" && window.__coscope!.pending() === 0,
  );
  await arrive(before + 99);
  expect(await countAt(ben)).toBe(before + 99);
  const ids = new Set((await ben.annotations()).map(({ id }) => id));
  expect([ids.has("many49"), ids.has("many50"), ids.has("many51")]).toEqual([true, false, true]);
  const refused = await fay.page.evaluate(() => window.__coscope!.workspace.rejected.get().length);
  expect(refused).toBe(1);
  expect(await fay.page.evaluate(() => window.__coscope!.workspace.actions.copyRejected())).toMatch(
    /"point"/,
  );
});
