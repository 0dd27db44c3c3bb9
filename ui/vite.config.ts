import { svelte } from "@sveltejs/vite-plugin-svelte";
import { svelteTesting } from "@testing-library/svelte/vite";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  root: here("."),
  base: "./",
  plugins: [svelte({ configFile: here("./svelte.config.js") }), svelteTesting()],
  resolve: { alias: { $lib: here("./src/lib") } },
  clearScreen: false,
  server: { port: 5317, strictPort: true },
  // Fonts stay files: the page's content policy allows no data: fonts.
  build: { outDir: "dist", emptyOutDir: true, target: "es2022", assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  // The limit only ends a test that hangs: a machine that builds beside it is slow.
  test: { environment: "jsdom", testTimeout: 60_000, include: ["src/**/*.test.ts"], setupFiles: [here("./tests/setup.ts")] },
});
