import { parseArgs } from "node:util";
import { plant } from "./plants.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    seeds: { type: "string" },
    families: { type: "string", default: "5" },
    only: { type: "string" },
    without: { type: "string" },
    whole: { type: "boolean" },
    plant: { type: "string" },
  },
});
if (values.plant) plant(values.plant);
// Only now: what is planted has to be there when the services are loaded.
const { simulate } = await import("./simulate.ts");
const code = await simulate(values, (line) => void process.stdout.write(`${line}\n`));
// A pipe may not have taken all of it yet.
process.stdout.write("", () => process.exit(code));
