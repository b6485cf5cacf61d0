import react from "@vitejs/plugin-react";
import { defaultClientConditions, defineConfig } from "vite";
import { firstLoadGroups } from "./chunks.ts";
import { openSeadragonParts } from "./openseadragon-parts.ts";

/** Where `vite` alone (development) finds a running Coscope server. */
const server = process.env["COSCOPE_SERVER"] ?? "http://127.0.0.1:4747";

export default defineConfig({
  plugins: [react(), openSeadragonParts()],
  resolve: {
    // onnxruntime's own build for pages that say where its WebAssembly lies (masks/runtime.ts).
    conditions: ["onnxruntime-web-use-extern-wasm", ...defaultClientConditions],
    alias: [
      // OpenSeadragon's own minified build: minified from source by rolldown 1.2 it asks for no tiles. Keeping
      // all names (`keepNames`) cures that as well, but costs 20 KB of the first load.
      { find: /^openseadragon$/, replacement: "openseadragon/build/openseadragon/openseadragon.min.js" },
    ],
  },
  server: {
    proxy: {
      // The server compares Origin with Host: the page's own host must reach it.
      "/api": { target: server, changeOrigin: false },
      "/data": { target: server, changeOrigin: false },
      "/demo": { target: server, changeOrigin: false },
      "/collab": { target: server, changeOrigin: false, ws: true },
    },
  },
  worker: { format: "es" },
  build: {
    target: "es2022",
    outDir: "dist",
    sourcemap: false,
    rolldownOptions: {
      output: {
        // The list of images needs neither the viewer nor the live document: they load when one is opened.
        codeSplitting: {
          groups: [
            {
              name: "react",
              priority: 10,
              test: /node_modules[\\/](?:\.pnpm[\\/])?(?:react|react-dom|scheduler)[@\\/]/,
            },
            { name: "live", priority: 10, test: /node_modules[\\/].*(?:yjs|lib0|@hocuspocus)/ },
            ...firstLoadGroups(),
          ],
        },
      },
    },
  },
});
