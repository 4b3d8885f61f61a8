import { isUnpaid } from "@touchline/contracts";
import type { StoredEvent } from "@touchline/event-store";
import type { Projection } from "@touchline/projections";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const SNOOZED_FOR_EVER = Number.MAX_SAFE_INTEGER;

/** Unpaid registrations with the time of the next decision about their reminders. What has been sent is in the texts' own streams. */
export const remindersProjection = (days: readonly number[]): Projection => ({
  name: "reminders",
  version: 6,
  prefixes: ["registration-", "payment-"],
  moving: ["next_at"],
  schema: `
    CREATE TABLE registrations (
      registration_id TEXT PRIMARY KEY,
      -- reminders are counted from here: the registration or its release, or the last time that the fee was asked for again
      asked_at INTEGER,
      -- or from here, if that is later: nobody can pay without a link
      linked_at INTEGER,
      round INTEGER NOT NULL DEFAULT 0,
      billing_request_id TEXT,
      -- something is owed, and the registration is not cancelled
      open INTEGER NOT NULL DEFAULT 1,
      -- no reminder before then; SNOOZED_FOR_EVER for the whole season
      snoozed_until INTEGER,
      next_at INTEGER
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX registrations_next ON registrations (next_at) WHERE next_at IS NOT NULL;
    CREATE INDEX registrations_billing_request ON registrations (billing_request_id)`,

  prepare: (db) => {
    const completed = db.prepare(`
      INSERT INTO registrations (registration_id, asked_at, next_at) VALUES (:id, :at, :next)
      ON CONFLICT DO UPDATE SET asked_at = :at, next_at = :next WHERE asked_at IS NULL`);
    const released = db.prepare(
      "UPDATE registrations SET asked_at = :at, next_at = :next WHERE registration_id = :id AND round = 0",
    );
    const linked = db.prepare(`
      INSERT INTO registrations (registration_id, billing_request_id, linked_at) VALUES (:id, :link, :at)
      ON CONFLICT DO UPDATE SET billing_request_id = :link, linked_at = :at,
        next_at = CASE WHEN asked_at < :at THEN max(:next, coalesce(snoozed_until, 0)) ELSE next_at END`);
    const forget = db.prepare("DELETE FROM registrations WHERE registration_id = ?");
    const forgetLink = db.prepare("DELETE FROM registrations WHERE billing_request_id = ?");
    const settle = db.prepare("UPDATE registrations SET open = :open WHERE registration_id = :id");
    const settleLink = db.prepare("UPDATE registrations SET open = :open WHERE billing_request_id = :link");

    const snooze = db.prepare(
      "UPDATE registrations SET snoozed_until = :until, next_at = :until WHERE registration_id = :id AND asked_at IS NOT NULL",
    );
    const askedAgain = db.prepare(`
      UPDATE registrations SET open = 1, asked_at = :at, round = :round, next_at = :next WHERE billing_request_id = :link`);
    // A little early, in case London's clocks change in between. The exact time is worked out then.
    const firstAfter = (at: Date) => (days[0] === undefined ? null : at.getTime() + days[0] * DAY_MS - 2 * HOUR_MS);

    return (event: StoredEvent) => {
      switch (event.type) {
        case "RegistrationCompleted": {
          const at = new Date(event.data.acceptedAt);
          return void completed.run({ id: event.data.registrationId, at: at.getTime(), next: firstAfter(at) });
        }
        case "RegistrationReleased": {
          const at = new Date(event.data.releasedAt);
          return void released.run({ id: event.data.registrationId, at: at.getTime(), next: firstAfter(at) });
        }
        case "PaymentTokenCreated": {
          const { registrationId: id, billingRequestId: link, createdAt } = event.data;
          const at = new Date(createdAt);
          return void linked.run({ id, link, at: at.getTime(), next: firstAfter(at) });
        }
        case "RegistrationCancelled":
          return void settle.run({ id: event.data.registrationId, open: 0 });
        case "RegistrationSnoozed": {
          const { registrationId: id, until } = event.data;
          return void snooze.run({ id, until: until === "season" ? SNOOZED_FOR_EVER : Date.parse(until) });
        }
        case "RegistrationErased":
          return void forget.run(event.data.registrationId);
        // A token may have been created while its family was being erased.
        case "PaymentLinkErased":
          return void forgetLink.run(event.data.billingRequestId);
        case "PaymentStatusChanged":
          return void settleLink.run({
            link: event.data.billingRequestId,
            open: isUnpaid(event.data.status) ? 1 : 0,
          });
        case "PaymentLinkReopened": {
          const { billingRequestId: link, count: round, feePence, amended, reopenedAt } = event.data;
          const at = new Date(reopenedAt);
          // No reminders for the mandate alone: the fee is paid. An amendment does not restart them either.
          if (feePence > 0 && !amended) askedAgain.run({ link, round, at: at.getTime(), next: firstAfter(at) });
          return;
        }
        case "PaymentLinkClosed":
          return void settleLink.run({ link: event.data.billingRequestId, open: 0 });
        default:
      }
    };
  },
});
