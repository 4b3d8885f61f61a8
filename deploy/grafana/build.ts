// node deploy/grafana/build.ts: writes the dashboards that Grafana is provisioned with.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { board } from "./board.ts";
import { boards } from "./boards.ts";

const folder = join(import.meta.dirname, "dashboards");
mkdirSync(folder, { recursive: true });
for (const [name, spec] of Object.entries(boards)) {
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(board(spec), undefined, 2)}\n`);
}
