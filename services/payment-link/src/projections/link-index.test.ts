import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { linkIndex } from "./link-index.ts";
import { linksProjection } from "./links.ts";

const parkedEvents = () => {
  const db = new DatabaseSync(":memory:");
  db.exec(linksProjection.schema);
  const insert = db.prepare("INSERT INTO parked (event_id, reason, parked_at, data) VALUES (?, ?, ?, ?)");
  const park = (id: string, at: string, reason = "unmatched") => {
    const about = { resourceType: "payments", action: "confirmed", links: {}, occurredAt: at };
    insert.run(id, reason, at, JSON.stringify({ providerEventId: id, ...about }));
  };
  return { park, index: linkIndex(db, () => {}) };
};

test("parked events are read a page at a time, newest first, without those that were given up", () => {
  const { park, index } = parkedEvents();
  park("EVGIVENUP", "2026-01-01T00:00:00.000Z");
  park("EVSTRANGE", "2026-11-22T00:00:00.000Z", "unknown_type");
  for (const id of ["EV1", "EV3", "EV2"]) park(id, "2026-11-21T00:00:00.000Z");
  park("EV4", "2026-11-22T00:00:00.000Z");
  const since = new Date("2026-10-18T00:00:00Z");
  const pages: string[][] = [];
  for (let page = index.parked(2, since); page.length > 0; page = index.parked(2, since, page.at(-1)))
    pages.push(page.map(({ event }) => event.id));
  expect(pages).toEqual([
    ["EV4", "EV3"],
    ["EV2", "EV1"],
  ]);
});
