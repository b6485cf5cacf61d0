import type { ChildProcess } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { contentHash, createLayerDocument, execute, makeAdd } from "@coscope/annotations";
import * as encoding from "lib0/encoding";
import { expect } from "vitest";
import * as Y from "yjs";
import { ServerProcess } from "../child.ts";
import { comeIn, JoinedRoom, type Person, type RawSocket, until } from "../harness.ts";
import { freshDataDir } from "../template.ts";

/** What an attack may cost the server at its worst moment, in MiB. */
const MAX_GROWTH = 200;

/** A server in a process of its own. */
interface Served {
  readonly child: ChildProcess;
  readonly output: string;
  readonly url: string;
  signal(name: NodeJS.Signals): Promise<number | null>;
}

/**
 * A server in a process of its own, two people who draw on a layer, and Eve, who attacks it.
 * `unharmed` is what every test of this folder ends with.
 */
export class World {
  readonly server: Served;
  readonly ada: Person;
  readonly bob: Person;
  readonly eve: Person;
  readonly layer: { id: string; room: string };
  readonly #rooms: JoinedRoom[];
  readonly #dataDir: string;
  #baseMiB = 0;

  private constructor(
    server: Served,
    people: [Person, Person, Person],
    layer: World["layer"],
    dataDir: string,
  ) {
    this.server = server;
    [this.ada, this.bob, this.eve] = people;
    this.layer = layer;
    this.#dataDir = dataDir;
    // Not their own: tests make people leave all that they joined.
    this.#rooms = [this.ada, this.bob].map((person) => new JoinedRoom(person, layer.room, new Y.Doc()));
  }

  static async open(
    start: (args: readonly string[]) => Promise<Served> = ServerProcess.start,
  ): Promise<World> {
    const dataDir = await freshDataDir();
    const server = await start(["--port", "0", "--data", dataDir]);
    const at = { url: server.url };
    const people = [await comeIn(at, "Ada"), await comeIn(at, "Bob"), await comeIn(at, "Eve")] as const;
    const world = new World(server, [...people], await people[0].newLayer(), dataDir);
    await world.drawTogether();
    return world;
  }

  /** Call before an attack: from here on memory counts. */
  begin(): void {
    // "5" resets the high-water mark.
    writeFileSync(`/proc/${this.server.child.pid}/clear_refs`, "5");
    this.#baseMiB = this.#memory("VmRSS");
  }

  /**
   * The server lives, has caught no error of its own, and did not grow beyond measure; the others still draw and have
   * the same. Returns the growth in MiB.
   */
  async unharmed(maxGrowth = MAX_GROWTH): Promise<number> {
    await this.drawTogether();
    expect(this.server.child.exitCode).toBeNull();
    const metrics = await (await fetch(`${this.server.url}/metrics`)).text();
    expect([...metrics.matchAll(/^coscope_caught_errors_total.* [1-9].*$/gm)].map(String)).toEqual([]);
    expect(this.server.output).not.toMatch(/"level":(50|60)/);
    const growth = Math.round(this.#memory("VmHWM") - this.#baseMiB);
    expect(growth).toBeLessThanOrEqual(maxGrowth);
    if (process.env["COSCOPE_FIGURES"])
      process.stderr.write(`${expect.getState().currentTestName}: +${growth} MiB\n`);
    this.eve.leaveAll();
    return growth;
  }

  /** Eve, let into a layer, without a library's good manners. */
  async eveIn(room = this.layer.room): Promise<RawSocket> {
    const socket = await this.eve.raw();
    await socket.authenticate(room);
    await until(() => socket.stateless(room).length > 0);
    return socket;
  }

  async close(): Promise<void> {
    for (const open of this.#rooms) open.destroy();
    for (const person of [this.ada, this.bob, this.eve]) person.leaveAll();
    await this.server.signal("SIGTERM");
    rmSync(this.#dataDir, { recursive: true, force: true });
  }

  /** The others draw; they, and who comes anew, have the same. */
  async drawTogether(): Promise<void> {
    const [a, b] = this.#rooms as [JoinedRoom, JoinedRoom];
    await Promise.all([a.synced(), b.synced()]);
    const ids = [a.add(), b.add()];
    await Promise.all([a.saved(), b.saved()]);
    await until(() => ids.every((id) => a.has(id) && b.has(id)));
    expect(contentHash(a.doc)).toBe(contentHash(b.doc));
    // A third one, who has only what the database has.
    const fresh = new JoinedRoom(this.bob, this.layer.room, new Y.Doc());
    await until(() => ids.every((id) => fresh.has(id)));
    expect(contentHash(fresh.doc)).toBe(contentHash(a.doc));
    fresh.destroy();
  }

  #memory(what: "VmRSS" | "VmHWM"): number {
    const status = readFileSync(`/proc/${this.server.child.pid}/status`, "utf8");
    return Number(new RegExp(`${what}:\\s+(\\d+) kB`).exec(status)![1]) / 1024;
  }
}

export const rejections = (socket: RawSocket, room: string) =>
  socket.stateless(room).filter((message) => message.t === "rejected");

/** Adds a rectangle to `doc` and returns the update. */
export function rectangleBy(doc: Y.Doc, author: string): Uint8Array {
  const before = Y.encodeStateVector(doc);
  const geometry = {
    kind: "rectangle",
    plane: { z: 0, t: 0 },
    x: 1,
    y: 1,
    width: 5,
    height: 5,
    rotation: 0,
  } as const;
  execute(createLayerDocument(doc), makeAdd({ author, annotations: [{ geometry, classId: null }] }), "test");
  return Y.encodeStateAsUpdate(doc, before);
}

/** As many outlines of so many vertices, by one command. */
export function drawMany(author: JoinedRoom, count: number, vertices: number): void {
  const points = Array.from({ length: vertices * 2 }, (_, i) => 0.5 + ((i % 2 ? i * 7 : i * 3) % 60_000));
  const geometry = { kind: "polyline", plane: { z: 0, t: 0 }, points } as const;
  const annotations = Array.from({ length: count }, () => ({ geometry, classId: null }));
  execute(createLayerDocument(author.doc), makeAdd({ author: author.person.user.id, annotations }), "test");
}

/** varUints, strings (varString) and raw bytes, one after the other. */
export function bytesOf(...parts: (number | string | Uint8Array)[]): Uint8Array {
  const encoder = encoding.createEncoder();
  for (const part of parts) {
    if (typeof part === "number") encoding.writeVarUint(encoder, part);
    else if (typeof part === "string") encoding.writeVarString(encoder, part);
    else encoding.writeUint8Array(encoder, part);
  }
  return encoding.toUint8Array(encoder);
}

/** `count` times the same bytes. */
export function repeated(bytes: Uint8Array, count: number): Uint8Array {
  const all = new Uint8Array(bytes.length * count);
  for (let i = 0; i < count; i++) all.set(bytes, i * bytes.length);
  return all;
}
