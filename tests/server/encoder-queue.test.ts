import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { comeIn, type Person, startTestServer, type TestServer, until } from "./harness.ts";

/** The queue before the encoder, with a worker that is slow, crashes and hangs where it is told. */

const program = fileURLToPath(new URL("./slow-worker.ts", import.meta.url));
let server: TestServer;
let ada: Person;
let ben: Person;

beforeAll(async () => {
  server = await startTestServer({
    encoder: { workers: 1, program, perUser: 32, total: 64, limitMs: 1_500 },
  });
  [ada, ben] = await Promise.all([comeIn(server, "Ada"), comeIn(server, "Ben")]);
});
afterAll(() => server.remove());

const open = new Set<AbortController>();
afterEach(() => {
  for (const request of open) request.abort();
  open.clear();
});

interface Told {
  status: number;
  how: string | null;
  body: string;
  retryAfter: string | null;
}
let place = 0;
/** A place that nobody has asked for yet. */
const next = () => 512 * ++place;

function ask(person: Person, x: number, y: number, purpose = "click", abort = new AbortController()) {
  open.add(abort);
  const query = `scale=1&x=${x}&y=${y}&channels=0&for=${purpose}`;
  return fetch(`${server.url}/api/images/demo/embeddings?${query}`, {
    headers: { authorization: `Bearer ${person.token}` },
    signal: abort.signal,
  }).then(
    async (response): Promise<Told> => ({
      status: response.status,
      how: response.headers.get("x-coscope-encode"),
      body: await response.text(),
      retryAfter: response.headers.get("retry-after"),
    }),
  );
}
const state = (person: Person) => person.get("/api/encoder");
const idle = () => until(async () => (({ queue, running }) => queue + running === 0)(await state(ada)));

test("who asks for what somebody waits for joins, and both are answered", async () => {
  const x = next();
  const answers = await Promise.all([ask(ada, x, 4096), ask(ben, x, 4096)]);
  expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  expect(answers.map(({ how }) => how).sort()).toEqual(["encoded", "joined"]);
  expect((await ask(ben, x, 4096)).how).toBe("cached");
});

test("ten thousand requests of one person are bounded, and another's click is served meanwhile", async () => {
  const counts = new Map<number, number>();
  const abort = new AbortController();
  let answered = 0;
  let asked = 0;
  // A hundred connections: those that are held open wait, the others come again as soon as they are refused.
  const flood = Array.from({ length: 100 }, async () => {
    while (asked < 10_000 && !abort.signal.aborted) {
      const told = await ask(ada, 512 * (asked++ % 126), 512, "prefetch", abort).catch(() => null);
      if (!told) return;
      counts.set(told.status, (counts.get(told.status) ?? 0) + 1);
      if (told.status === 429) expect(told.retryAfter).toBe("1");
      answered++;
    }
  });
  await until(() => answered >= 5_000, 60_000);
  const { queue, running } = await state(ben);
  expect(queue + running).toBeLessThanOrEqual(32);
  expect((await ask(ben, next(), 4096)).status).toBe(200);
  await until(() => answered >= 9_900, 60_000);
  expect((await ask(ben, next(), 4096)).status).toBe(200);
  expect([...counts.keys()].filter((status) => status !== 429 && status !== 503)).toEqual([]);
  abort.abort();
  await Promise.all(flood);
  await idle();
}, 120_000);

test("clicks go before prefetches, people take turns, and each sees its place", async () => {
  // The two places of the worker are taken: one by what nobody waits for.
  const [first, second] = [next(), next()];
  const blocking = [ask(ada, first, 512, "prefetch"), ask(ada, second, 512, "click")].map((p) =>
    p.catch(() => {}),
  );
  await until(async () => (await state(ada)).running === 2);
  const order: string[] = [];
  const note = (name: string) => (told: Told) => order.push(`${name} ${told.status}`);
  const later = [
    ask(ada, next(), 0, "prefetch").then(note("ada's prefetch")),
    ask(ada, next(), 0).then(note("ada's first")),
    ask(ada, next(), 0).then(note("ada's second")),
  ];
  await until(async () => (await state(ada)).queue === 3);
  later.push(ask(ben, next(), 0).then(note("ben's")));
  await until(async () => (await state(ben)).yours.length === 1);
  expect((await state(ben)).yours[0].position).toBeGreaterThan(0);
  expect((await state(ada)).yours.length).toBe(5);
  // Both are given up on after their time limit, which frees the worker.
  await Promise.all(later);
  expect(order.indexOf("ben's 200")).toBeLessThan(order.indexOf("ada's second 200"));
  expect(order.at(-1)).toBe("ada's prefetch 200");
  await Promise.all(blocking);
  await idle();
});

test("what takes too long is given up and said; the worker goes on", async () => {
  const told = await ask(ada, next(), 512);
  expect(told.status).toBe(503);
  expect(JSON.parse(told.body).error).toMatchObject({ code: "encode-timeout" });
  expect((await ask(ada, next(), 0)).status).toBe(200);
});

test("a request that is closed takes its work out of the queue", async () => {
  const abort = new AbortController();
  const asked = ask(ada, next(), 512, "click", abort).catch(() => null);
  await until(async () => (await state(ada)).running === 1);
  abort.abort();
  await asked;
  await idle();
});

test("a worker that crashes once is started again, and nobody notices", async () => {
  const told = await ask(ada, next(), 1536);
  expect(told).toMatchObject({ status: 200, how: "encoded" });
});

test("a region that ends the worker each time is refused after two, and others are served", async () => {
  const told = await ask(ada, next(), 1024);
  expect(told.status).toBe(503);
  expect(JSON.parse(told.body).error).toMatchObject({ code: "encode-failed" });
  expect((await ask(ben, next(), 0)).status).toBe(200);
});

test("a machine without the runtime says what is missing and what helps", async () => {
  const told = await ask(ada, next(), 2560);
  expect(told.status).toBe(503);
  expect(JSON.parse(told.body).error).toMatchObject({
    code: "encoder-unavailable",
    message: expect.stringMatching(/libonnxruntime/),
    next: expect.stringMatching(/private mode/),
  });
});

test("a worker that hears nothing any more is ended and replaced", async () => {
  const [before] = server.encoder.pids;
  const told = await ask(ada, next(), 2048);
  expect(told.status).toBe(503);
  await until(() => server.encoder.pids[0] !== before, 30_000);
  await until(async () => (await ask(ben, next(), 0)).status === 200, 30_000);
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  expect(metrics).toMatch(/coscope_encoder_ends_total [1-9]/);
}, 60_000);
