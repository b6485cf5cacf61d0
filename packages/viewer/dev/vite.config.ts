import { defineConfig } from "vite";

export default defineConfig({
  root: import.meta.dirname,
  worker: { format: "es" },
  build: { target: "es2024" },
});
