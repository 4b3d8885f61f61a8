import type { StoredEvent } from "@touchline/event-store";
import type { Projection } from "@touchline/projections";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/**
 * Unpaid registrations with the time at which something is to be decided about their reminders. A row is looked at when
 * that time comes; what has been sent is in the texts' own streams.
 */
export const remindersProjection = (days: readonly number[]): Projection => ({
  name: "reminders",
  version: 2,
  prefixes: ["registration-", "payment-"],
  moving: ["next_at"],
  schema: `
    CREATE TABLE registrations (
      registration_id TEXT PRIMARY KEY,
      registered_at INTEGER,
      billing_request_id TEXT,
      -- something is owed, and the registration is not cancelled
      open INTEGER NOT NULL DEFAULT 1,
      next_at INTEGER
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX registrations_next ON registrations (next_at) WHERE next_at IS NOT NULL;
    CREATE INDEX registrations_billing_request ON registrations (billing_request_id)`,

  prepare: (db) => {
    const completed = db.prepare(`
      INSERT INTO registrations (registration_id, registered_at, next_at) VALUES (:id, :at, :next)
      ON CONFLICT DO UPDATE SET registered_at = :at, next_at = :next WHERE registered_at IS NULL`);
    const linked = db.prepare(`
      INSERT INTO registrations (registration_id, billing_request_id) VALUES (:id, :link)
      ON CONFLICT DO UPDATE SET billing_request_id = :link`);
    const forget = db.prepare("DELETE FROM registrations WHERE registration_id = ?");
    const settle = db.prepare("UPDATE registrations SET open = :open WHERE registration_id = :id");
    const settleLink = db.prepare("UPDATE registrations SET open = :open WHERE billing_request_id = :link");

    return (event: StoredEvent) => {
      switch (event.type) {
        case "RegistrationCompleted": {
          const at = new Date(event.data.acceptedAt);
          // A little early, in case London's clocks change in between: the exact times are worked out then.
          const next = days[0] === undefined ? null : at.getTime() + days[0] * DAY_MS - 2 * HOUR_MS;
          return void completed.run({ id: event.data.registrationId, at: at.getTime(), next });
        }
        case "PaymentTokenCreated":
          return void linked.run({ id: event.data.registrationId, link: event.data.billingRequestId });
        case "RegistrationCancelled":
          return void settle.run({ id: event.data.registrationId, open: 0 });
        case "RegistrationErased":
          return void forget.run(event.data.registrationId);
        case "PaymentStatusChanged":
          return void settleLink.run({
            link: event.data.billingRequestId,
            open: event.data.status === "paid" || event.data.status === "cancelled" ? 0 : 1,
          });
        case "PaymentLinkReopened":
          // No reminder for the mandate alone: the fee is paid.
          if (event.data.feePence > 0) settleLink.run({ link: event.data.billingRequestId, open: 1 });
          return;
        case "PaymentLinkClosed":
          return void settleLink.run({ link: event.data.billingRequestId, open: 0 });
        default:
      }
    };
  },
});
