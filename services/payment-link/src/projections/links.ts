import type { DatabaseSync } from "node:sqlite";
import type { PaymentEvent } from "@touchline/contracts";
import type { StoredEvent } from "@touchline/event-store";
import type { Projection } from "@touchline/projections";
import { paymentAggregate } from "../gocardless/payment-stream.ts";
import { resourcesIn } from "../payment/resources.ts";
import type { Link, LinkState } from "../payment/state.ts";

const PREFIX = "payment-";

/** Each link's state, the link that each thing at GoCardless belongs to, and events that could not be placed yet. */
export const linksProjection: Projection = {
  name: "links",
  version: 14,
  prefixes: [PREFIX],
  schema: `
    CREATE TABLE links (
      id TEXT PRIMARY KEY, registration_id TEXT NOT NULL, created_at TEXT NOT NULL, state TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX links_by_registration ON links (registration_id);
    CREATE TABLE resources (id TEXT PRIMARY KEY, link_id TEXT NOT NULL, kind TEXT NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE parked (
      event_id TEXT PRIMARY KEY, reason TEXT NOT NULL, parked_at TEXT NOT NULL, data TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX parked_by_time ON parked (parked_at, event_id) WHERE reason = 'unmatched'`,
  prepare: (db) => {
    const rows = statements(db);
    return (event) => {
      if (event.type === "ProviderEventParked") {
        const { providerEventId, reason, parkedAt } = event.data;
        rows.park.run(providerEventId, reason, parkedAt, JSON.stringify(event.data));
      } else if (event.type === "ProviderEventMatched") {
        rows.unpark.run(event.data.providerEventId);
      } else {
        // Streams `payment-…` have no other events.
        fold(rows, event as StoredEvent<PaymentEvent>);
      }
    };
  },
};

const statements = (db: DatabaseSync) => ({
  read: db.prepare("SELECT state FROM links WHERE id = ?"),
  insert: db.prepare("INSERT INTO links (id, registration_id, created_at, state) VALUES (?, ?, ?, ?)"),
  update: db.prepare("UPDATE links SET state = ? WHERE id = ?"),
  resource: db.prepare("INSERT OR REPLACE INTO resources (id, link_id, kind) VALUES (?, ?, ?)"),
  park: db.prepare("INSERT OR REPLACE INTO parked (event_id, reason, parked_at, data) VALUES (?, ?, ?, ?)"),
  unpark: db.prepare("DELETE FROM parked WHERE event_id = ?"),
});

const fold = (rows: ReturnType<typeof statements>, event: StoredEvent<PaymentEvent>): void => {
  const id = event.stream.slice(PREFIX.length);
  const row = rows.read.get(id);
  const before: LinkState = row ? JSON.parse(row.state as string) : { status: "none" };
  const after = paymentAggregate.evolve(before, event);
  if (after.status === "none") return;
  if (row) rows.update.run(JSON.stringify(after), id);
  else {
    const { traceparent } = event.metadata;
    const begun: Link = { ...after, ...(traceparent && { traceparent }) };
    rows.insert.run(id, begun.registrationId, begun.createdAt, JSON.stringify(begun));
  }
  for (const [resource, kind] of resourcesIn(event)) rows.resource.run(resource, id, kind);
};
