import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { root } from "./paths.mjs";

/** Hocuspocus 4 and vitest 5 need it. */
const MINIMUM = [22, 12];
/** From here on Node runs TypeScript without a flag. */
const STRIPS_TYPES = [22, 18];
const CACHE = join(root, ".cache", "toolchain.json");

const atLeast = (version, [major, minor]) => {
  const [a = 0, b = 0] = version.replace(/^v/, "").split(".").map(Number);
  return a > major || (a === major && b >= minor);
};

/**
 * The Node that runs everything, and pnpm 10. The host's own Node serves from 22.12 on; below that
 * npm fetches Node 24 into its cache (seconds), and nothing on the host changes.
 *
 * @returns {{ node: string, version: string, pnpm: string }} absolute paths and Node's version
 */
export function ensureToolchain() {
  const cached = readCache();
  if (cached) return cached;
  const ownNode = atLeast(process.version, MINIMUM);
  if (!ownNode) console.log(`Node ${process.version} is older than 22.12: fetching Node 24 through npm…`);
  const packages = [...(ownNode ? [] : ["-p", "node@24"]), "-p", "pnpm@10"];
  const probe = `console.log("@@" + JSON.stringify({ node: process.execPath, version: process.version, path: process.env.PATH }))`;
  const probeFile = join(root, ".cache", "probe.cjs");
  mkdirSync(dirname(probeFile), { recursive: true });
  writeFileSync(probeFile, probe);
  let output;
  try {
    output = execFileSync("npx", ["-y", ...packages, "-c", `node "${probeFile}"`], {
      encoding: "utf8",
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
      shell: process.platform === "win32",
    });
  } catch (error) {
    throw new Error(
      `Could not get ${packages.filter((p) => p !== "-p").join(" and ")} through npx: ${String(error.stderr ?? error.message).trim()}\n` +
        "Check that npm reaches its registry (npm ping), or install Node >= 22.12 yourself, and try again.",
    );
  }
  const found = JSON.parse(output.slice(output.indexOf("@@") + 2));
  const pnpmBin = found.path
    .split(delimiter)
    .map((dir) => join(dir, "pnpm"))
    .find(existsSync);
  if (!pnpmBin) throw new Error("npx did not provide pnpm. Run `npm install -g pnpm@10` and try again.");
  const toolchain = { node: found.node, version: found.version, pnpm: realpathSync(pnpmBin) };
  writeFileSync(CACHE, `${JSON.stringify(toolchain)}\n`);
  return toolchain;
}

function readCache() {
  if (!existsSync(CACHE)) return null;
  try {
    const toolchain = JSON.parse(readFileSync(CACHE, "utf8"));
    const usable = existsSync(toolchain.node) && existsSync(toolchain.pnpm);
    // A person who has since moved to a newer Node of their own gets that one.
    const own = atLeast(process.version, MINIMUM) && toolchain.node !== process.execPath;
    return usable && !own ? toolchain : null;
  } catch {
    return null;
  }
}

/** Flags with which this Node runs our TypeScript sources directly. */
export function nodeFlags({ version }) {
  return atLeast(version, STRIPS_TYPES) && !/^v23\.[0-5]\./.test(version)
    ? []
    : ["--experimental-strip-types", "--disable-warning=ExperimentalWarning"];
}
