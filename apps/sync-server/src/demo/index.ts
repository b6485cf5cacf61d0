export { type DemoOptions, type DemoRoutes, demoRoutes } from "./routes.ts";
