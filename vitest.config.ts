import { defineConfig } from "vitest/config";

/** `unit` files run without a server; `int` files start their own on free ports and stop them. */
export default defineConfig({
  test: {
    pool: "forks",
    projects: [
      { extends: true, test: { name: "unit", include: ["{libs,services}/*/src/**/*.test.ts"], isolate: false } },
      { extends: true, test: { name: "int", include: ["{libs,services}/*/test/**/*.int.test.ts"], testTimeout: 60_000, hookTimeout: 60_000 } },
    ],
  },
});
