import { parseArgs } from "node:util";
import { findPlants } from "./find-plants.ts";
import { plant } from "./plants.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    seeds: { type: "string" },
    families: { type: "string" },
    season: { type: "boolean" },
    only: { type: "string" },
    without: { type: "string" },
    whole: { type: "boolean" },
    hours: { type: "string" },
    "keep-going": { type: "boolean" },
    plant: { type: "string" },
    plants: { type: "boolean" },
  },
});
const print = (line: string) => void process.stdout.write(`${line}\n`);
const run = async (): Promise<number> => {
  if (values.plants) return findPlants({ seeds: values.seeds, names: values.plant?.split(",") }, print);
  if (values.plant) plant(values.plant);
  // Not before: the plant has to be in place when the services are loaded.
  const { simulate } = await import("./simulate.ts");
  return simulate(values, print);
};
const code = await run();
// A pipe may not have taken all of it yet.
process.stdout.write("", () => process.exit(code));
