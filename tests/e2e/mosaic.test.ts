import { execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe } from "vitest";
import { concurrentCases } from "./concurrent.case.ts";
import { drawingCases } from "./drawing.case.ts";
import { followCases } from "./follow.case.ts";
import type { Scene } from "./harness.ts";
import { repository } from "./support/build-page.ts";

/** Real images, kept outside of the repository. */
const folder = join(process.env["COSCOPE_DATA"] ?? join(repository, "../shared/data"), "dsb2018/images");

const mosaic: Scene = {
  name: "mosaic of 100 real images",
  imageName: "Mosaic",
  place: { cx: 1500, cy: 1500, zoom: 1 },
  prepare(dataDir) {
    const files = readdirSync(folder).sort().slice(0, 100);
    const cli = join(repository, "apps/sync-server/src/cli/main.ts");
    const paths = files.map((name) => join(folder, name));
    execFileSync(
      process.execPath,
      [cli, "import", ...paths, "--mosaic", "--name", "Mosaic", "--data", dataDir],
      {
        stdio: ["ignore", "ignore", "inherit"],
      },
    );
  },
};

describe.skipIf(!existsSync(folder))("with COSCOPE_DATA", () => {
  drawingCases(mosaic);
  concurrentCases(mosaic);
  followCases(mosaic);
});
