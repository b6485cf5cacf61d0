import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";

const PROGRAMS = ["initdb", "postgres"];
/** Where Debian, Red Hat and Homebrew keep them, newest first. */
const PARENTS = ["/usr/lib/postgresql", "/usr/pgsql", "/opt/homebrew/opt", "/usr/local/opt"];
const OLDEST = 14;

const isBin = (dir) => PROGRAMS.every((program) => existsSync(join(dir, program)));

/**
 * Folder with PostgreSQL's own programs: COSCOPE_POSTGRES_BIN, the PATH, or where packages put them; null when
 * there is none.
 *
 * @returns {string | null}
 */
export function findPostgres() {
  const named = process.env.COSCOPE_POSTGRES_BIN;
  if (named) return isBin(named) ? named : null;
  const versions = PARENTS.flatMap((parent) => {
    if (!existsSync(parent)) return [];
    return readdirSync(parent).flatMap((name) => {
      const version = Number(/(\d+)$/.exec(name)?.[1]);
      return version >= OLDEST && version < 100 ? [{ version, dir: join(parent, name, "bin") }] : [];
    });
  });
  versions.sort((a, b) => b.version - a.version);
  const path = (process.env.PATH ?? "").split(delimiter).filter(Boolean);
  return [...versions.map((found) => found.dir), "/usr/bin", ...path].find(isBin) ?? null;
}

/**
 * PostgreSQL's programs for the tests, installed when there are none and this machine allows it.
 *
 * @returns {{ bin: string } | { bin: null, why: string }}
 */
export function ensurePostgres() {
  const present = findPostgres();
  if (present) return { bin: present };
  let attempt = "this is no Debian, or not the administrator's account";
  if (existsSync("/etc/debian_version") && process.getuid?.() === 0) {
    console.log("No PostgreSQL found: installing it for the tests…");
    spawnSync("apt-get", ["update", "-qq"], { stdio: "ignore" });
    const result = spawnSync("apt-get", ["install", "-y", "-qq", "--no-install-recommends", "postgresql"], {
      encoding: "utf8",
      stdio: ["ignore", "ignore", "pipe"],
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    });
    attempt = `apt-get: ${(result.stderr ?? "").trim().split("\n").at(-1)}`;
  }
  const installed = findPostgres();
  if (installed) return { bin: installed };
  return {
    bin: null,
    why: `No PostgreSQL, and none could be installed (${attempt}). Install its server package (Debian: apt-get install postgresql), or name the folder of initdb and postgres in COSCOPE_POSTGRES_BIN.`,
  };
}
