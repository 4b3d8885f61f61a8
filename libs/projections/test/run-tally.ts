import { connectEventStore } from "@touchline/event-store";
import { runProjection } from "../src/index.ts";
import { tally } from "./tally.ts";

const [url = "", path = ""] = process.argv.slice(2);
const ending = new AbortController();
const store = connectEventStore({ url });
const projection = runProjection({ store, projection: tally, path, signal: ending.signal });
process.on("SIGTERM", () => {
  ending.abort();
  void projection.done.then(() => process.exit(0));
});
process.send?.("started");
