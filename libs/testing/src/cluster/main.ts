import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { systemRuntime } from "@touchline/service";
import { startCluster } from "./cluster.ts";
import { COMMANDS, obey } from "./commands.ts";
import { startRealCluster } from "./real.ts";

const USAGE = `Usage: main.ts --data DIR [--size 3] [--pace 1] [--binary FILE]

Starts several event store nodes, of the stand-in or of a real server's executable. Prints their addresses, then obeys lines on stdin until it ends:
  ${COMMANDS.join(", ")}; each with a node's index, or milliseconds
  state, which changes nothing`;

const print = (line: object) => void process.stdout.write(`${JSON.stringify(line)}\n`);

const { values } = parseArgs({
  options: {
    data: { type: "string" },
    size: { type: "string" },
    pace: { type: "string" },
    binary: { type: "string" },
  },
});
if (values.data === undefined) {
  process.stderr.write(`${USAGE}\n`);
  process.exit(2);
}

const { binary } = values;
const options = {
  runtime: systemRuntime(),
  dataDir: values.data,
  ...(values.size !== undefined && { size: Number(values.size) }),
  ...(values.pace !== undefined && { pace: Number(values.pace) }),
};
const cluster = binary === undefined ? await startCluster(options) : await startRealCluster({ ...options, binary });
print({ msg: "ready", url: cluster.url, nodes: cluster.nodes.map(({ url }) => url) });

const lines = createInterface({ input: process.stdin });
process.once("SIGTERM", () => lines.close());
for await (const line of lines) print(await obey(cluster, line));
await cluster.close();
process.exit(0);
