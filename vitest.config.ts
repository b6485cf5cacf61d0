import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";
import { CHROMIUM_FLAGS } from "./tests/chromium.ts";

const exclude = ["**/node_modules/**", "**/dist/**", "**/*.browser.test.{ts,tsx}"];

/** Vitest gives a polled condition one second, which a busy machine does not keep. */
const PATIENCE = { timeout: 30_000 };

export default defineConfig({
  test: {
    reporters: ["default"],
    // Two cores: more workers only make the timings of each other worse.
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: "unit",
          include: ["packages/*/src/**/*.test.ts", "apps/*/src/**/*.test.ts", "scripts/**/*.test.ts"],
          exclude: [...exclude, "**/*.fuzz.test.ts"],
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: "fuzz",
          include: ["packages/*/src/**/*.fuzz.test.ts", "apps/*/src/**/*.fuzz.test.ts"],
          testTimeout: 120_000,
        },
      },
      {
        test: {
          name: "promises",
          include: ["tests/{convergence,compat,contracts,server,ledger,import}/**/*.test.ts"],
          exclude,
          testTimeout: 120_000,
          hookTimeout: 60_000,
          expect: { poll: PATIENCE },
        },
      },
      {
        test: {
          name: "browser",
          include: ["packages/*/src/**/*.browser.test.ts", "apps/*/src/**/*.browser.test.{ts,tsx}"],
          testTimeout: 60_000,
          expect: { poll: PATIENCE },
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({
              launchOptions: {
                ...(process.env.COSCOPE_CHROMIUM ? { executablePath: process.env.COSCOPE_CHROMIUM } : {}),
                args: [...CHROMIUM_FLAGS],
              },
            }),
            instances: [{ browser: "chromium" }],
          },
        },
      },
      {
        test: {
          name: "e2e",
          include: ["tests/e2e/**/*.test.ts"],
          exclude,
          testTimeout: 180_000,
          hookTimeout: 180_000,
          // Each test drives browsers with software GL: one file at a time. On a busy machine a browser may stall
          // past any wait that is bearable; what fails twice in a row is a fault of ours.
          fileParallelism: false,
          retry: 1,
          expect: { poll: PATIENCE },
        },
      },
    ],
  },
});
