// Which room may use which, and no cycles: `npm run lint` runs this. The message names the right room.
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { parseSync } from "oxc-parser";
import { root as repository } from "./lib/paths.mjs";

/** Another tree may be named as the first argument: the checker's own test does that. */
const root = resolve(process.argv[2] ?? repository);

/** Rooms with what they may import of ours. A path ending in a subpath allows that subpath alone. */
const ROOMS = {
  "packages/annotations": { name: "@coscope/annotations", may: [], holds: "what an annotation means" },
  "packages/viewer": {
    name: "@coscope/viewer",
    may: ["@coscope/annotations/geometry"],
    holds: "how pixels look",
  },
  "packages/models": {
    name: "@coscope/models",
    may: ["@coscope/annotations/geometry", "@coscope/viewer/source"],
    holds: "what a network suggests",
  },
  "apps/web": {
    name: "@coscope/web",
    may: [
      "@coscope/annotations",
      "@coscope/annotations/*",
      "@coscope/viewer",
      "@coscope/viewer/source",
      "@coscope/models",
    ],
    holds: "what a person does",
  },
  "apps/sync-server": {
    name: "@coscope/sync-server",
    may: [
      "@coscope/annotations",
      "@coscope/annotations/*",
      "@coscope/viewer/source",
      "@coscope/models",
      "@coscope/models/*",
    ],
    holds: "who may, and what lasts",
  },
  tests: { name: "@coscope/tests", may: ["*"], holds: "promises that cross rooms" },
};

/** Folders inside a room that keep a promise of their own. */
const INNER = [
  {
    from: "packages/annotations/src/geometry/",
    not: /^(yjs|lib0)|\/(document|commands|query|outbox|presence)\//,
    say: "geometry is pure: nothing of Yjs or the document belongs there",
  },
  {
    from: "packages/viewer/src/source/",
    not: /^openseadragon|\/(render|tiles|overlay|camera)\//,
    say: "viewer/source runs on the server too: no DOM, no rendering",
  },
  { from: "packages/", not: /^react(-dom)?(\/|$)/, say: "React lives in apps/web alone" },
  {
    from: "apps/sync-server/",
    not: /^(react|openseadragon)/,
    say: "the page's libraries belong in apps/web or packages/viewer",
  },
];

const SKIP = new Set(["node_modules", "dist", "fixtures"]);
const sources = [];
(function walk(dir) {
  for (const entry of readdirSync(dir)) {
    if (SKIP.has(entry) || entry.startsWith(".")) continue;
    const path = join(dir, entry);
    if (statSync(path).isDirectory()) walk(path);
    else if (/\.tsx?$/.test(entry) && !entry.endsWith(".d.ts")) sources.push(path);
  }
})(root);

const roomOf = (file) => Object.keys(ROOMS).find((room) => file.startsWith(`${room}/`));
const problems = [];
const edges = new Map();

for (const path of sources) {
  const file = relative(root, path);
  const room = roomOf(file);
  const { module } = parseSync(path, readFileSync(path, "utf8"));
  const requests = [
    ...module.staticImports.map((i) => ({
      to: i.moduleRequest.value,
      typeOnly: i.entries.length > 0 && i.entries.every((e) => e.isType),
    })),
    ...module.staticExports.flatMap((e) =>
      e.entries
        .filter((x) => x.moduleRequest)
        .map((x) => ({ to: x.moduleRequest.value, typeOnly: x.isType })),
    ),
  ];
  const targets = [];
  for (const { to, typeOnly } of requests) {
    if (to.startsWith(".")) {
      const target = resolve(dirname(path), to.replace(/\?.*$/, ""));
      const other = roomOf(relative(root, target));
      if (room && other !== room && room !== "tests")
        problems.push(
          `${file} reaches into ${relative(root, target)} by path. Import ${other ? ROOMS[other].name : "a package"} by its name.`,
        );
      if (!existsSync(target))
        problems.push(`${file} imports ${to}, which does not exist (imports carry their extension).`);
      else if (!typeOnly) targets.push(target);
    } else if (to.startsWith("@coscope/") && room) {
      const { may, holds } = ROOMS[room];
      const allowed = may.some(
        (m) => m === "*" || m === to || (m.endsWith("/*") && to.startsWith(m.slice(0, -1))),
      );
      if (!allowed) {
        const owner = Object.values(ROOMS).find((r) => to === r.name || to.startsWith(`${r.name}/`));
        problems.push(
          `${file} imports ${to}, but ${room} (${holds}) may import ${may.join(", ") || "nothing of ours"}. ` +
            `What concerns ${owner?.holds ?? "that"} belongs in ${owner?.name ?? "its own room"}; pass it in, or move this code there.`,
        );
      }
    }
    for (const { from, not, say } of INNER)
      if (file.startsWith(from) && !/\.test\.tsx?$/.test(file) && not.test(to))
        problems.push(`${file} imports ${to}: ${say}.`);
  }
  edges.set(path, targets);
}

// Depth-first search; every back edge is reported once, as the whole loop.
const state = new Map();
(function findCycles() {
  const visit = (path, trail) => {
    state.set(path, "open");
    for (const next of edges.get(path) ?? []) {
      if (state.get(next) === "open") {
        const loop = [...trail.slice(trail.indexOf(next)), next].map((p) => relative(root, p));
        problems.push(`Import cycle: ${loop.join(" → ")}. Move what both need into a third file.`);
      } else if (!state.has(next)) visit(next, [...trail, next]);
    }
    state.set(path, "done");
  };
  for (const path of edges.keys()) if (!state.has(path)) visit(path, [path]);
})();

for (const problem of problems) console.error(problem);
console.log(`imports: ${sources.length} files, ${problems.length} problems`);
process.exitCode = problems.length ? 1 : 0;
