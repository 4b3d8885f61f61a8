import { memoryEventStore } from "@touchline/event-store/memory";
import { createDatabase } from "../src/database.ts";
import { verify } from "../src/index.ts";
import { tally } from "./tally.ts";

// Verifies a view against an event store that does not answer, and ends as a command does that is stopped.
const [path = ""] = process.argv.slice(2);
createDatabase(path, tally, "").close();
const readAll = async function* () {
  process.send?.("reading");
  await new Promise(() => {});
  yield* [];
};
process.once("SIGTERM", () => process.exit(143));
setInterval(() => {}, 1_000);
await verify({ store: { ...memoryEventStore(), readAll }, projection: tally, path });
