import { contentOf } from "@touchline/contracts";
import type { StoredEvent } from "@touchline/event-store";
import type { Projection } from "@touchline/projections";
import { ABANDONED_AFTER_MS } from "../email/decide.ts";
import { refusalOf, undeliveredAt } from "../sms/unreached.ts";

/**
 * Texts with the time from which their parent may need an e-mail, and e-mails with the time of their next step. The streams
 * decide what is then done.
 */
export const emailsProjection: Projection = {
  name: "emails",
  version: 1,
  prefixes: ["sms-", "email-"],
  moving: ["due_at"],
  schema: `
    CREATE TABLE due (
      stream TEXT PRIMARY KEY,
      -- of a text: when it counts as undelivered
      undelivered_at INTEGER,
      due_at INTEGER
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX due_at ON due (due_at) WHERE due_at IS NOT NULL`,

  prepare: (db) => {
    const add = db.prepare("INSERT OR IGNORE INTO due VALUES (:stream, :undeliveredAt, :at)");
    const plan = db.prepare("UPDATE due SET due_at = :at WHERE stream = :stream");
    const wait = db.prepare("UPDATE due SET due_at = undelivered_at WHERE stream = ?");
    const forget = db.prepare("DELETE FROM due WHERE stream = ?");

    return (event: StoredEvent) => {
      const { stream } = event;
      const planAt = (at: number | null) => void plan.run({ stream, at });
      switch (event.type) {
        case "SmsRequested": {
          if (contentOf(event.data) === "confirmation") return;
          const at = undeliveredAt(event.data);
          return void add.run({ stream, undeliveredAt: at, at });
        }
        case "TextStatusChanged": {
          const { status, changedAt } = event.data;
          if (status === "delivered" || status === "withdrawn") return planAt(null);
          return refusalOf(event.data) ? planAt(Date.parse(changedAt)) : void wait.run(stream);
        }
        case "EmailRequested":
          return void add.run({ stream, undeliveredAt: null, at: Date.parse(event.data.requestedAt) });
        case "EmailAttemptStarted":
          return planAt(Date.parse(event.data.startedAt) + ABANDONED_AFTER_MS);
        case "EmailDeferred":
          return planAt(Date.parse(event.data.retryAt));
        case "EmailSent":
        case "EmailRefused":
        case "EmailOutcomeUnknown":
        case "EmailWithdrawn":
          return planAt(null);
        case "SmsErased":
        case "EmailErased":
          return void forget.run(stream);
        default:
      }
    };
  },
};
