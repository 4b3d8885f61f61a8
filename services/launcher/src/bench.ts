import { spawnSync } from "node:child_process";
import { runCommand } from "./command.ts";

const benches: Readonly<Record<string, string>> = {
  eventstore: "libs/embedded/bench/eventstore.bench.ts",
  store: "libs/event-store/bench/store.bench.ts",
  limits: "services/notification/bench/limits.bench.ts",
  links: "services/payment-link/bench/links.bench.ts",
  lists: "services/registration/bench/lists.bench.ts",
  projections: "services/registration/bench/projections.bench.ts",
  sms: "services/notification/bench/sms.bench.ts",
};

/** `npm run bench [name] [-- arguments]`: one benchmark, or all in turn, so that each has the machine to itself. */
await runCommand("bench", async ({ say }) => {
  const [name, ...args] = process.argv.slice(2);
  const chosen = name ? [benches[name]] : Object.values(benches);
  if (chosen.includes(undefined))
    throw new Error(`Unknown benchmark "${name}". One of: ${Object.keys(benches).join(", ")}`);
  for (const script of chosen as string[]) {
    say(`\n${script}`);
    const { status } = spawnSync(process.execPath, [script, ...args], { stdio: "inherit" });
    if (status !== 0) return status ?? 1;
  }
  return 0;
});
