import { resolve } from "node:path";
import { buildWeb, webDist } from "../../../scripts/lib/build-web.mjs";

export const repository = resolve(import.meta.dirname, "../../..");

/** The folder of the built page, up to date. COSCOPE_WEB_DIST names a page that was built elsewhere, taken as it is. */
export function buildPage(): string {
  const prebuilt = process.env["COSCOPE_WEB_DIST"];
  if (prebuilt) return prebuilt;
  buildWeb();
  return webDist;
}
