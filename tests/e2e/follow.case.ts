import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createWorld, type Person, type Scene, type World } from "./harness.ts";
import { startImageHost } from "./support/image-host.ts";

interface View {
  cx: number;
  cy: number;
  zoom: number;
  rotation: number;
  width: number;
  height: number;
}

/** Who follows goes where the other goes, and lets go as easily. */
export function followCases(scene: Scene): void {
  describe(scene.name, () => {
    let world: World;
    let leader: Person;
    let follower: Person;

    beforeAll(async () => {
      world = await createWorld({ scene });
      // Another shape of window: the follower's is high and narrow.
      [leader, follower] = await Promise.all([
        world.join("Lena"),
        world.join("Finn", { viewport: { width: 560, height: 620 }, view: "&at=1000,1000,0.5" }),
      ]);
    });

    afterAll(() => world?.close());

    function viewOf(person: Person): Promise<View> {
      return person.page.evaluate(() => {
        const camera = window.__coscope!.workspace.camera.get();
        const { clientWidth: width, clientHeight: height } = document.querySelector(".canvas")!;
        return { ...camera, width, height };
      });
    }

    /** The view once the glide of a key has ended. */
    async function settled(person: Person): Promise<View> {
      let before = "";
      await expect
        .poll(
          async () => {
            const last = before;
            before = JSON.stringify(await viewOf(person));
            return last === before;
          },
          { interval: 200, message: "the view rests" },
        )
        .toBe(true);
      return viewOf(person);
    }

    /** Waits until the follower's window shows at least the leader's, around the same middle. */
    async function together(): Promise<void> {
      await expect
        .poll(
          async () => {
            const [l, f] = await Promise.all([viewOf(leader), viewOf(follower)]);
            const off = Math.hypot(l.cx - f.cx, l.cy - f.cy) * f.zoom;
            const sees =
              f.width / f.zoom >= (l.width / l.zoom) * 0.999 &&
              f.height / f.zoom >= (l.height / l.zoom) * 0.999;
            const tight =
              Math.min(f.width / f.zoom / (l.width / l.zoom), f.height / f.zoom / (l.height / l.zoom)) < 1.01;
            return off < 1 && sees && tight && Math.abs(l.rotation - f.rotation) < 0.1;
          },
          { timeout: 30_000, message: "the follower sees what the leader sees" },
        )
        .toBe(true);
    }

    async function followLeader(): Promise<void> {
      await follower.page.getByRole("button", { name: "Follow Lena" }).click();
      await follower.until("following", () => window.__coscope!.workspace.following.get() !== null);
    }

    test("a click on an avatar follows, through pan, zoom and rotation; the leader sees it", async () => {
      await followLeader();
      await together();
      await leader.until(
        "a follower",
        () => window.__coscope!.workspace.followers.get()[0]?.user.name === "Finn",
      );

      await leader.key("v");
      await leader.page.keyboard.press("ArrowRight");
      await leader.page.keyboard.press("ArrowDown");
      await together();
      const middle = await leader.at({ x: scene.place.cx, y: scene.place.cy });
      await leader.page.mouse.move(middle.x, middle.y);
      await leader.page.mouse.wheel(0, -400);
      await leader.until("having zoomed in", () => window.__coscope!.workspace.camera.get().zoom > 1.5);
      await together();
      await leader.page.evaluate(() => {
        const viewer = window.__coscope!.viewer()!;
        viewer.setCamera({ ...viewer.camera(), rotation: 40 });
      });
      await together();
    });

    test("channels and contrast come along", async () => {
      await leader.page.evaluate(() => {
        const { channels, actions } = window.__coscope!.workspace;
        actions.setChannels(
          channels
            .get()
            .map((channel, i) =>
              i === 0
                ? { ...channel, min: 300, max: 2000, gamma: 0.5 }
                : i === 1
                  ? { ...channel, visible: false }
                  : channel,
            ),
        );
      });
      await follower.until("the leader's contrast", () => {
        const [first, second] = window.__coscope!.workspace.channels.get();
        return (
          first!.min === 300 && first!.max === 2000 && Math.abs(first!.gamma - 0.5) < 1e-6 && !second!.visible
        );
      });
    });

    test("z comes along", async () => {
      const host = await startImageHost();
      try {
        const { origin } = new URL(world.server.url);
        const answer = await leader.context.request.post(`${origin}/api/images`, {
          data: { name: "Stack", url: `${host.url}/stack.zarr` },
          headers: { origin },
        });
        const { id: imageId } = (await answer.json()) as { id: string };
        const [gus, zoe] = [
          await world.join("Gus", { imageId, view: "" }),
          await world.join("Zoe", { imageId, view: "" }),
        ];
        await zoe.page.getByRole("button", { name: "Follow Gus" }).click();
        for (const key of ["PageUp", "PageUp", "PageDown", "PageUp"]) await gus.key(key);
        const z = await gus.page.evaluate(() => window.__coscope!.workspace.plane.get().z);
        expect(z).toBe(4);
        await zoe.until("the plane", (wanted) => window.__coscope!.workspace.plane.get().z === wanted, z);
        await Promise.all([gus.context.close(), zoe.context.close()]);
      } finally {
        await host.close();
      }
    });

    test("one's own pan stops it, and so does Escape", async () => {
      await follower.key("ArrowLeft");
      await follower.until("no longer following", () => window.__coscope!.workspace.following.get() === null);
      await leader.until("no follower", () => window.__coscope!.workspace.followers.get().length === 0);
      const before = await settled(follower);
      await leader.key("ArrowRight");
      await leader.key("ArrowRight");
      expect(await viewOf(follower)).toEqual(before);

      await followLeader();
      await together();
      await follower.key("Escape");
      await follower.until("no longer following", () => window.__coscope!.workspace.following.get() === null);
    });

    test("a drag of the image with the mouse stops it", async () => {
      await followLeader();
      await together();
      await follower.act("setTool", "pan");
      const box = (await follower.page.locator(".canvas").boundingBox())!;
      await follower.page.mouse.move(box.x + 200, box.y + 200);
      await follower.page.mouse.down();
      await follower.page.mouse.move(box.x + 260, box.y + 240, { steps: 5 });
      await follower.page.mouse.up();
      await follower.until("no longer following", () => window.__coscope!.workspace.following.get() === null);
    });

    test("who stops showing where they look, or leaves, is no longer followed, and that is said", async () => {
      await followLeader();
      await leader.act("setBroadcasting", false);
      await follower.until("no longer following", () => window.__coscope!.workspace.following.get() === null);
      expect((await follower.notices()).join()).toMatch(/Lena no longer shows where they look/);
      await leader.act("setBroadcasting", true);
      await follower.until("Lena shows again", () =>
        window.__coscope!.workspace.people.get().some(({ self, hasView }) => !self && hasView),
      );
      await followLeader();
      await leader.page.close();
      await follower.until("no longer following", () => window.__coscope!.workspace.following.get() === null);
      expect((await follower.notices()).join()).toMatch(/Lena has left/);
    });
  });
}
