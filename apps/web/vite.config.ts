import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** Where `vite` alone (development) finds a running Coscope server. */
const server = process.env["COSCOPE_SERVER"] ?? "http://127.0.0.1:4747";

export default defineConfig({
  plugins: [react()],
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
        // OpenSeadragon tells kinds of objects apart by the names of their classes: minified without them, no
        // tile is ever asked for.
        keepNames: true,
        // The list of images needs neither the viewer nor the live document: they load when one is opened.
        codeSplitting: {
          groups: [
            { name: "react", test: /node_modules[\\/](?:\.pnpm[\\/])?(?:react|react-dom|scheduler)[@\\/]/ },
            { name: "live", test: /node_modules[\\/].*(?:yjs|lib0|@hocuspocus)/ },
          ],
        },
      },
    },
  },
});
