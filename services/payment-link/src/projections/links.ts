import type { DatabaseSync } from "node:sqlite";
import type { PaymentEvent } from "@touchline/contracts";
import type { StoredEvent } from "@touchline/event-store";
import type { Projection } from "@touchline/projections";
import { evolve, type Link, type LinkState } from "../payment/state.ts";

const PREFIX = "payment-";

/** Each link as its events come to, where every thing at GoCardless belongs, and what could not be placed yet. */
export const linksProjection: Projection = {
  name: "links",
  version: 5,
  prefixes: [PREFIX],
  schema: `
    CREATE TABLE links (
      id TEXT PRIMARY KEY, registration_id TEXT NOT NULL, created_at TEXT NOT NULL, state TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX links_by_registration ON links (registration_id);
    CREATE TABLE resources (id TEXT PRIMARY KEY, link_id TEXT NOT NULL, kind TEXT NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE parked (
      event_id TEXT PRIMARY KEY, reason TEXT NOT NULL, parked_at TEXT NOT NULL, data TEXT NOT NULL
    ) STRICT, WITHOUT ROWID`,
  prepare: (db) => {
    const rows = statements(db);
    return (event) => {
      const known = event as unknown as PaymentEvent;
      if (known.type === "ProviderEventParked") {
        const { providerEventId, reason, parkedAt } = known.data;
        rows.park.run(providerEventId, reason, parkedAt, JSON.stringify(known.data));
      } else if (known.type === "ProviderEventMatched") {
        rows.unpark.run(known.data.providerEventId);
      } else {
        fold(rows, event, known);
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

const fold = (rows: ReturnType<typeof statements>, stored: StoredEvent, event: PaymentEvent): void => {
  const id = stored.stream.slice(PREFIX.length);
  const row = rows.read.get(id);
  const before: LinkState = row ? JSON.parse(row.state as string) : { status: "none" };
  const after = evolve(before, event);
  if (after.status === "none") return;
  if (row) rows.update.run(JSON.stringify(after), id);
  else {
    const { traceparent } = stored.metadata;
    const begun: Link = { ...after, ...(traceparent && { traceparent }) };
    rows.insert.run(id, begun.registrationId, begun.createdAt, JSON.stringify(begun));
  }
  for (const [resource, kind] of resourcesIn(event)) rows.resource.run(resource, id, kind);
};

/** What an event tells about which things at GoCardless belong to its link. */
export const resourcesIn = (event: PaymentEvent): (readonly [id: string, kind: string])[] => {
  switch (event.type) {
    case "PaymentLinkReopened":
      return [[event.data.requestId, "request"]];
    case "PaymentFulfilled": {
      const { paymentId, mandateId } = event.data;
      return [
        ...(paymentId ? [[paymentId, "fee"] as const] : []),
        ...(mandateId ? [[mandateId, "mandate"] as const] : []),
      ];
    }
    case "MandateActivated":
    case "MandateFailed":
      return [[event.data.mandateId, "mandate"]];
    case "MandateReplaced":
      return [[event.data.newMandateId, "mandate"]];
    case "SubscriptionCreated":
      return [[event.data.subscriptionId, "subscription"]];
    case "MonthlyPaymentCreated":
      return [[event.data.paymentId, "monthly"]];
    default:
      return [];
  }
};
