// `npm test`: static checks, then every vitest suite, then one line `N passed, N failed`.
// `--only a,b` picks suites; `--full` adds the long tests; `--strict` (or CI) allows no skip that a
// package registry or Debian's packages could have prevented.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { buildWeb } from "./lib/build-web.mjs";
import { ensureChromium } from "./lib/chromium.mjs";
import { root } from "./lib/paths.mjs";
import { ensurePostgres } from "./lib/postgres.mjs";
import { ensurePython } from "./lib/python.mjs";
import { ensureVersitygw } from "./lib/versitygw.mjs";

const MEMBERS = ["packages/annotations", "packages/viewer", "apps/web", "apps/sync-server", "tests"];
const VITEST_SUITES = ["unit", "fuzz", "promises", "browser", "e2e"];
const NEEDS_CHROMIUM = new Set(["browser", "e2e"]);

const args = process.argv.slice(2);
const only = args.includes("--only") ? args[args.indexOf("--only") + 1].split(",") : null;
const strict = args.includes("--strict") || Boolean(process.env.CI);
const wants = (suite) => !only || only.includes(suite);
const data = resolve(root, process.env.COSCOPE_DATA ?? "../shared/data");
const env = {
  ...process.env,
  COSCOPE_DATA: data,
  // A million mutants of what clients send instead of a hundred thousand.
  ...(args.includes("--long") ? { COSCOPE_MUTANTS: "1000000" } : {}),
  ...(args.includes("--full") ? { COSCOPE_FULL: "1" } : {}),
  ...(process.stdout.isTTY ? { FORCE_COLOR: "1" } : { NO_COLOR: "1" }),
};

const failed = [];
const skipped = [];
let passed = 0;

function check(name, script, scriptArgs) {
  const started = Date.now();
  const result = spawnSync(process.execPath, [join(root, script), ...scriptArgs], {
    cwd: root,
    encoding: "utf8",
    env,
  });
  const ok = result.status === 0;
  console.log(`${ok ? "✓" : "✗"} ${name} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
  if (ok) passed++;
  else {
    failed.push(name);
    console.log(`${result.stdout ?? ""}${result.stderr ?? ""}`);
  }
}

function runSuite(suite) {
  const report = join(root, ".cache", `vitest-${suite}.json`);
  mkdirSync(join(root, ".cache"), { recursive: true });
  rmSync(report, { force: true });
  const started = Date.now();
  const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
  const result = spawnSync(
    process.execPath,
    [
      vitest,
      "run",
      "--project",
      suite,
      "--passWithNoTests",
      "--reporter=default",
      "--reporter=json",
      `--outputFile.json=${report}`,
    ],
    { cwd: root, stdio: "inherit", env },
  );
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  if (!existsSync(report)) {
    if (result.status !== 0) failed.push(`${suite}: vitest ended with ${result.status} and no report`);
    return;
  }
  const { testResults } = JSON.parse(readFileSync(report, "utf8"));
  let inSuite = 0;
  const failuresBefore = failed.length;
  for (const file of testResults) {
    if (file.status === "failed" && file.assertionResults.length === 0)
      failed.push(`${suite}: ${file.name}: ${file.message}`);
    for (const test of file.assertionResults) {
      if (test.status === "passed") inSuite++;
      else if (test.status === "failed") failed.push(`${suite}: ${test.fullName}`);
      else skipped.push(`${suite}: ${test.fullName}`);
    }
  }
  passed += inSuite;
  if (result.status !== 0 && failed.length === failuresBefore)
    failed.push(`${suite}: unhandled error (see above)`);
  console.log(`${failed.length === failuresBefore ? "✓" : "✗"} ${suite}: ${inSuite} passed (${seconds} s)`);
}

if (wants("lint"))
  check("lint and format", "node_modules/@biomejs/biome/bin/biome", [
    "ci",
    "--colors=off",
    "--error-on-warnings",
    ".",
  ]);
if (wants("imports")) check("import direction and cycles", "scripts/check-imports.mjs", []);
if (wants("types"))
  for (const member of MEMBERS)
    check(`types of ${member}`, "node_modules/typescript/bin/tsc", ["-p", member]);

const suites = VITEST_SUITES.filter(wants);
const chromium = suites.some((s) => NEEDS_CHROMIUM.has(s)) ? ensureChromium() : { path: null, why: "" };
if (chromium.path) env.COSCOPE_CHROMIUM = chromium.path;
if (suites.includes("e2e") && chromium.path) buildWeb();
if (suites.includes("promises")) {
  // Where one is missing, the tests that need it skip themselves and are listed below.
  const postgres = ensurePostgres();
  const s3 = ensureVersitygw();
  const python = ensurePython();
  if (python.program) env.COSCOPE_PYTHON = python.program;
  if (postgres.bin) env.COSCOPE_POSTGRES_BIN = postgres.bin;
  if (s3.program) env.COSCOPE_VERSITYGW = s3.program;
  for (const missing of [postgres, s3, python]) if (missing.why) console.log(missing.why);
}
for (const suite of suites) {
  if (NEEDS_CHROMIUM.has(suite) && !chromium.path) skipped.push(`${suite}: ${chromium.why}`);
  else runSuite(suite);
}

// Real images come from outside the repository; their absence is no defect of this machine.
const excused = (name) => name.includes("COSCOPE_DATA") && !existsSync(data);
const fullOnly = (name) => name.includes("(full)") && !args.includes("--full");
for (const name of skipped) {
  if (fullOnly(name)) continue;
  console.log(`skipped: ${name}`);
  if (strict && !excused(name)) failed.push(`skipped in strict mode: ${name}`);
}
for (const name of failed) console.log(`failed: ${name}`);
console.log(`${passed} passed, ${failed.length} failed`);
process.exitCode = failed.length ? 1 : 0;
