/** How every test and benchmark starts Chromium: software WebGL2, and no calls home. */
export const CHROMIUM_FLAGS: readonly string[] = [
  "--no-sandbox",
  "--use-angle=swiftshader",
  "--enable-unsafe-swiftshader",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** The Chromium that `npm test` found, or the usual place where a test is run by hand. */
export const chromiumPath = (): string =>
  process.env.COSCOPE_CHROMIUM ?? process.env.CHROME_PATH ?? "/usr/bin/chromium";
