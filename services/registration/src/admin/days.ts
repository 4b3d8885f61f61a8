import type { DatabaseSync } from "node:sqlite";
import type { PaymentEvent, RegistrationEvent, SmsEvent } from "@touchline/contracts";
import type { Projection } from "@touchline/projections";
import { londonDay } from "@touchline/story";

/** What happened on one of the club's days. */
export interface Day {
  /** `2026-11-22` */
  readonly day: string;
  readonly registrations: number;
  /** Texts that Twilio took: links, reminders, confirmations. */
  readonly texts: number;
  /** Fees paid on that day that are still paid. */
  readonly payments: number;
}

/** Registrations, texts and payments by day. */
export const daysProjection: Projection = {
  name: "days",
  version: 1,
  prefixes: ["registration-", "payment-", "sms-"],
  schema: `
    CREATE TABLE days (
      day TEXT PRIMARY KEY,
      registrations INTEGER NOT NULL DEFAULT 0,
      texts INTEGER NOT NULL DEFAULT 0,
      payments INTEGER NOT NULL DEFAULT 0
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE paid (stream TEXT PRIMARY KEY, day TEXT NOT NULL) STRICT, WITHOUT ROWID`,
  prepare: (db) => {
    const add = (column: "registrations" | "texts" | "payments") => {
      const statement = db.prepare(
        `INSERT INTO days (day, ${column}) VALUES (?, ?) ON CONFLICT DO UPDATE SET ${column} = ${column} + excluded.${column}`,
      );
      return (day: string, count = 1) => void statement.run(day, count);
    };
    const [registration, text, payment] = [add("registrations"), add("texts"), add("payments")];
    const unpay = db.prepare("DELETE FROM paid WHERE stream = ? RETURNING day");
    const pay = db.prepare("INSERT INTO paid VALUES (?, ?)");
    return (stored) => {
      const event = stored as unknown as RegistrationEvent | PaymentEvent | SmsEvent;
      if (event.type === "RegistrationCompleted") registration(londonDay(event.data.acceptedAt));
      else if (event.type === "SmsAccepted") text(londonDay(event.data.acceptedAt));
      else if (event.type === "PaymentStatusChanged") {
        const before = unpay.get(stored.stream);
        if (before) payment(String(before.day), -1);
        if (event.data.status !== "paid") return;
        const day = londonDay(event.data.since);
        pay.run(stored.stream, day);
        payment(day);
      }
    };
  },
};

const DAY_MS = 86_400_000;

/** The last `count` days up to today, oldest first, quiet ones included. */
export const lastDays = (db: DatabaseSync, today: Date, count: number): Day[] => {
  // Noon, so that a day more or less is one whatever the clocks do.
  const noon = Date.parse(`${londonDay(today)}T12:00:00Z`);
  const names = Array.from({ length: count }, (_, i) =>
    new Date(noon - (count - 1 - i) * DAY_MS).toISOString().slice(0, 10),
  );
  const rows = db.prepare("SELECT * FROM days WHERE day >= ?").all(names[0] ?? "") as unknown as Day[];
  const known = new Map(rows.map((row) => [row.day, row]));
  return names.map((day) => ({ ...(known.get(day) ?? { registrations: 0, texts: 0, payments: 0 }), day }));
};
