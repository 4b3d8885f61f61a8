import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** They take a minute or more. In a fresh clone vitest starts large files first, and these are not: one of them would end last. */
const slow = [
  "deploy/test/alerts",
  "payment-link/test/season",
  "registration/test/board-browser",
  "registration/test/morning",
  "deploy/test/health",
  "payment-link/test/away",
  "notification/test/times",
  "launcher/test/erasure",
  "sandbox/test/page",
  "payment-link/test/pages",
];
const isSlow = ({ moduleId }: TestSpecification) => slow.some((name) => moduleId.endsWith(`${name}.int.test.ts`));

class SlowFilesFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return [...sorted.filter(isSlow), ...sorted.filter((file) => !isSlow(file))];
  }
}

/**
 * `unit` files run without a server; `int` files start their own on free ports and stop them; `containers` files need a
 * Docker daemon, and are run by `npm run test:containers`.
 */
export default defineConfig({
  test: {
    pool: "forks",
    // Most `int` files wait for the processes that they have started. By default vitest leaves one core free.
    maxWorkers: availableParallelism() + 1,
    sequence: { sequencer: SlowFilesFirst },
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: [
            "{libs,services}/*/src/**/*.test.ts",
            "checks/*.test.ts",
            "deploy/{grafana,kubernetes,prometheus}/*.test.ts",
          ],
          isolate: false,
          testTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: "int",
          include: ["{libs,services}/*/test/**/*.int.test.ts", "deploy/test/**/*.int.test.ts"],
          // Generous: a busy machine is slow, and no test is about time.
          testTimeout: 120_000,
          hookTimeout: 120_000,
          expect: { poll: { timeout: 20_000 } },
        },
      },
      {
        extends: true,
        test: {
          name: "containers",
          include: ["{libs,services}/*/test/**/*.container.test.ts"],
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
