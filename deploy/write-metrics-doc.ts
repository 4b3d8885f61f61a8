// node deploy/write-metrics-doc.ts: starts Touchline with the sandbox and writes docs/metrics.md from what it exposes.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { metricsOf, metricsPage } from "./metrics-doc.ts";
import { expositions, startTouchline } from "./test/running.ts";

const touchline = await startTouchline();
try {
  writeFileSync(join(import.meta.dirname, "../docs/metrics.md"), metricsPage(metricsOf(await expositions(touchline))));
} finally {
  await touchline.stop();
}
process.exit(0);
