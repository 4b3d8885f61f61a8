import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { linkIndex } from "./link-index.ts";
import { linksProjection } from "./links.ts";

test("events that were given up do not block those that can be placed", () => {
  const db = new DatabaseSync(":memory:");
  db.exec(linksProjection.schema);
  const insert = db.prepare("INSERT INTO parked (event_id, reason, parked_at, data) VALUES (?, 'unmatched', ?, ?)");
  const park = (id: string, at: string) =>
    insert.run(
      id,
      at,
      JSON.stringify({ providerEventId: id, resourceType: "payments", action: "confirmed", links: {}, occurredAt: at }),
    );
  for (let i = 0; i < 5_000; i++) park(`EVOLD${i}`, "2026-01-01T00:00:00.000Z");
  park("EVNEW", "2026-11-22T00:00:00.000Z");
  const index = linkIndex(db, () => {});
  expect(index.parked(5_000, new Date("2026-10-18T00:00:00Z")).map((e) => e.id)).toContain("EVNEW");
});
