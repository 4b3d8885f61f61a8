import { spawn } from "node:child_process";
import { expect, test } from "vitest";

/** In a separate process, because it takes over the clock, timers and sockets of its process. */
const simulate = (...args: readonly string[]): Promise<{ readonly code: number | null; readonly lines: string[] }> =>
  new Promise((resolve) => {
    const main = new URL("../src/main.ts", import.meta.url).pathname;
    const child = spawn(process.execPath, [main, ...args], { stdio: ["ignore", "pipe", "inherit"] });
    let said = "";
    child.stdout.on("data", (chunk) => {
      said += String(chunk);
    });
    child.on("close", (code) => resolve({ code, lines: said.trim().split("\n") }));
  });

test.each([
  ["with everything that goes wrong", ["--seeds", "10..10"]],
  [
    "with two instances of services, which are paused",
    ["--seeds", "5..5", "--families", "8", "--without", "crashes,store,nats,providers,deliveries,outages,clocks"],
  ],
  [
    "over a whole season, with banks and deliveries that fail",
    ["--season", "--seeds", "3..3", "--families", "3", "--without", "crashes,store,nats,pauses,clocks,instances"],
  ],
])(
  "a seed ends without a violation, %s",
  async (_, args) => {
    const { code, lines } = await simulate(...args);
    expect(lines.at(-1)).toMatch(/^1 seeds of \d+ days without a violation/);
    expect(code).toBe(0);
  },
  300_000,
);

test("the same seed twice gives the same log, whatever ran before", async () => {
  const [alone, after] = await Promise.all([
    simulate("--seed", "10", "--families", "1"),
    simulate("--seeds", "9..10", "--families", "1"),
  ]);
  const summary = alone.lines.at(-2);
  expect(summary).toMatch(/^seed 10: 0 violations, \d+ lines, [0-9a-f]{16}$/);
  expect(after.lines).toContain(summary);
  expect(alone.lines.length).toBeGreaterThan(50);
});

test("a bug that is planted is found, and its seed shown", async () => {
  const plant = "an answer that was lost is taken for a no";
  const { code, lines } = await simulate("--seeds", "3..40", "--plant", plant, "--whole");
  expect(code).toBe(1);
  expect(lines.at(-1)).toMatch(/^Again: npm run simulate -- --seed \d+ --families 5$/);
  expect(lines.filter((line) => line.includes("VIOLATION")).join()).toContain("never two texts for one reason");
});
