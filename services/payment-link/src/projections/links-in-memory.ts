import { DatabaseSync } from "node:sqlite";
import type { EventStore } from "@touchline/event-store";
import { linksProjection } from "./links.ts";

/** Builds the rows of `links` from the event store, for programs that run beside the service or without it. */
export const linksInMemory = async (store: EventStore): Promise<DatabaseSync> => {
  const db = new DatabaseSync(":memory:");
  db.exec(linksProjection.schema);
  const apply = linksProjection.prepare(db);
  for await (const event of store.readAll({ prefixes: [...(linksProjection.prefixes ?? [])] })) apply(event);
  return db;
};
