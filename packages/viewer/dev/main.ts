// A page with nothing but the viewer: `?url=<OME-Zarr>`, `&annotations=<count>`.
// The viewer is on `window.viewer` for scripts and the console.
import { createMinimap, createScaleBar, createViewer, openInWorkers } from "../src/index.ts";
import { scatter } from "./scatter.ts";

const query = new URLSearchParams(location.search);
const viewer = createViewer(document.querySelector<HTMLElement>("#stage")!);
createScaleBar(viewer, document.querySelector<HTMLElement>("#scale")!);
const minimap = createMinimap(viewer, document.querySelector<HTMLElement>("#minimap")!);
Object.assign(window, { viewer, minimap });
viewer.on("tile-error", ({ error }) => console.error(String(error)));
const source = await openInWorkers(query.get("url") ?? "/demo/slide.zarr");
await viewer.open(source);
viewer.annotations.put(scatter(Number(query.get("annotations") ?? 0), source));
await viewer.whenReady();
document.body.dataset["ready"] = "yes";
