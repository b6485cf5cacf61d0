import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./paths.mjs";

const REQUIREMENTS = join(root, "packages", "annotations", "fixtures", "requirements.txt");
const FOLDER = join(root, ".cache", "python");
const MARK = join(FOLDER, "requirements.txt");

const quiet = (program, args) =>
  spawnSync(program, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
const lastLine = ({ stderr, error }) => (stderr ?? String(error)).trim().split("\n").at(-1);

/**
 * A Python with shapely, geojson and pycocotools, which read what we write: COSCOPE_PYTHON, or an environment of its
 * own in .cache, made when there is none and this machine allows it.
 *
 * @returns {{ program: string } | { program: null, why: string }}
 */
export function ensurePython() {
  const named = process.env.COSCOPE_PYTHON;
  if (named) return { program: named };
  const program = join(FOLDER, "bin", "python");
  const wanted = readFileSync(REQUIREMENTS, "utf8");
  if (existsSync(program) && existsSync(MARK) && readFileSync(MARK, "utf8") === wanted) return { program };
  console.log("Installing shapely and pycocotools for the tests…");
  mkdirSync(join(root, ".cache"), { recursive: true });
  let made = quiet("python3", ["-m", "venv", FOLDER]);
  if (made.status !== 0 && existsSync("/etc/debian_version") && process.getuid?.() === 0) {
    spawnSync("apt-get", ["update", "-qq"], { stdio: "ignore" });
    spawnSync("apt-get", ["install", "-y", "-qq", "--no-install-recommends", "python3-venv"], {
      stdio: "ignore",
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    });
    made = quiet("python3", ["-m", "venv", FOLDER]);
  }
  const installed =
    made.status === 0 ? quiet(program, ["-m", "pip", "install", "-q", "-r", REQUIREMENTS]) : made;
  if (installed.status === 0) {
    writeFileSync(MARK, wanted);
    return { program };
  }
  return {
    program: null,
    why: `No Python with ${REQUIREMENTS} could be had (${lastLine(installed)}). Install Python 3.11 or newer with venv and pip, or name a Python that has them in COSCOPE_PYTHON.`,
  };
}
