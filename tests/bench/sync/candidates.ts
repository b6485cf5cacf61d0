import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { TYPE_FLAGS } from "../../server/child.ts";
import { comeIn, type Person } from "../../server/harness.ts";

const OURS = fileURLToPath(new URL("../../../apps/sync-server/src/main.ts", import.meta.url));
const STOCK = fileURLToPath(new URL("./stock-main.ts", import.meta.url));

/** A member of a crowd: who it is to the server. */
export interface Guest {
  readonly userId: string;
  readonly token: string;
}

/** A server in a process of its own, and how to come into it. */
export interface Candidate {
  readonly name: string;
  /** Address of its Hocuspocus endpoint. */
  readonly socketUrl: string;
  readonly pid: number;
  /** Whether it tells authors what is durable. */
  readonly tellsSaved: boolean;
  guest(name: string): Promise<Guest>;
  /** Names of new, empty rooms. */
  newRooms(count: number): Promise<string[]>;
  stop(): Promise<void>;
}

export async function startOurs(name: string, dataDir: string, databaseUrl?: string): Promise<Candidate> {
  const { child, url } = await launch([OURS, "--no-open", "--port", "0", "--data", dataDir], databaseUrl);
  const owner = await comeIn({ url }, "Owner");
  let image = "";
  /** The same people come into every scene: a server lets so many strangers in from one address, and no more. */
  const guests = new Map<string, Promise<Guest>>();
  return {
    name,
    socketUrl: `${url.replace("http", "ws")}/collab`,
    pid: child.pid!,
    tellsSaved: true,
    guest(guestName) {
      const known = guests.get(guestName);
      if (known) return known;
      const guest = comeIn({ url }, guestName).then(({ user, token }) => ({ userId: user.id, token }));
      guests.set(guestName, guest);
      return guest;
    },
    async newRooms(count) {
      const rooms: string[] = [];
      for (let i = 0; i < count; i++) {
        // An image takes no more of them.
        if (i % ROOMS_PER_IMAGE === 0) image = await newImage(owner);
        const path = `/api/images/${image}/layers`;
        const { status, body } = await owner.call("POST", path, { name: `bench ${i}` });
        if (status !== 201) throw new Error(`A room was refused: ${status}`);
        rooms.push(body.room);
      }
      return rooms;
    },
    stop: () => stop(child),
  };
}

const ROOMS_PER_IMAGE = 100;
/** Characters of `e1/<image>/<layer>`. */
const ROOM_NAME = 36;

async function newImage(owner: Person): Promise<string> {
  const url = "https://images.example.org/bench.zarr";
  const { status, body } = await owner.call("POST", "/api/images", { name: "bench", url });
  if (status !== 201) throw new Error(`An image was refused: ${status}`);
  return body.id;
}

export async function startStock(name: string, dataDir: string, databaseUrl?: string): Promise<Candidate> {
  const { child, url } = await launch([STOCK, dataDir], databaseUrl);
  let rooms = 0;
  return {
    name,
    socketUrl: url.replace("http", "ws"),
    pid: child.pid!,
    tellsSaved: false,
    guest: async (guestName) => ({ userId: guestName.replaceAll(" ", "-"), token: "none" }),
    // As long as ours, as every frame says it.
    newRooms: async (count) => Array.from({ length: count }, () => `room-${rooms++}`.padEnd(ROOM_NAME, "-")),
    stop: () => stop(child),
  };
}

async function launch(args: string[], databaseUrl: string | undefined) {
  const child = spawn(process.execPath, [...TYPE_FLAGS, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, COSCOPE_LOG: "error", ...(databaseUrl ? { DATABASE_URL: databaseUrl } : {}) },
  });
  let output = "";
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.on("data", (chunk) => {
      output += chunk;
      const found = / is at (http:\/\/[^\s/]+)/.exec(output)?.[1];
      if (found) resolve(found);
    });
    child.once("exit", (code) => reject(new Error(`${args[0]} ended with ${code}: ${output}`)));
  });
  return { child, url };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGKILL");
  await once(child, "exit");
}
