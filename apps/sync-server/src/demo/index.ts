export { demoNuclei, type Nucleus, type Rect } from "./nuclei.ts";
export { type DemoOptions, type DemoRoutes, demoRoutes } from "./routes.ts";
