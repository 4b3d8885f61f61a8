import type { DatabaseSync } from "node:sqlite";
import { londonDay } from "@touchline/london";
import type { Projection } from "@touchline/projections";

/** What happened on one of the club's days. */
export interface Day {
  /** `2026-11-22` */
  readonly day: string;
  readonly registrations: number;
  /** Texts that Twilio accepted: links, reminders, confirmations. */
  readonly texts: number;
  /** Fees paid on that day that are still paid. */
  readonly payments: number;
}

/**
 * Registrations, texts and payments by day. An erased registration and its texts no longer count: once its events are gone, a
 * rebuild could not count them. `counted` holds what each stream has added, so that it can be subtracted again.
 */
export const daysProjection: Projection = {
  name: "days",
  version: 2,
  prefixes: ["registration-", "payment-", "sms-"],
  schema: `
    CREATE TABLE days (
      day TEXT PRIMARY KEY,
      registrations INTEGER NOT NULL DEFAULT 0,
      texts INTEGER NOT NULL DEFAULT 0,
      payments INTEGER NOT NULL DEFAULT 0
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE counted (
      stream TEXT NOT NULL, day TEXT NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (stream, day)
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
    const counted = db.prepare("INSERT INTO counted VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET number = number + 1");
    const uncount = db.prepare("DELETE FROM counted WHERE stream = ? RETURNING day, number");
    const unpay = db.prepare("DELETE FROM paid WHERE stream = ? RETURNING day");
    const pay = db.prepare("INSERT INTO paid VALUES (?, ?)");
    // A day with nothing left looks like one on which nothing happened.
    const forgetEmpty = db.prepare(
      "DELETE FROM days WHERE day = ? AND registrations = 0 AND texts = 0 AND payments = 0",
    );
    const count = (stream: string, addTo: typeof text, instant: string) => {
      const day = londonDay(instant);
      addTo(day);
      counted.run(stream, day);
    };
    const takeBack = (addTo: typeof text, day: string, number: number) => {
      addTo(day, -number);
      forgetEmpty.run(day);
    };
    const erase = (stream: string, addTo: typeof text) => {
      for (const row of uncount.all(stream)) takeBack(addTo, String(row.day), Number(row.number));
    };
    return (event) => {
      const { stream } = event;
      if (event.type === "RegistrationCompleted") count(stream, registration, event.data.acceptedAt);
      else if (event.type === "SmsAccepted") count(stream, text, event.data.acceptedAt);
      else if (event.type === "RegistrationErased") erase(stream, registration);
      else if (event.type === "SmsErased") erase(stream, text);
      else if (event.type === "PaymentStatusChanged") {
        const before = unpay.get(stream);
        if (before) takeBack(payment, String(before.day), 1);
        if (event.data.status !== "paid") return;
        const day = londonDay(event.data.since);
        pay.run(stream, day);
        payment(day);
      }
    };
  },
};

const DAY_MS = 86_400_000;

/** The last `count` days up to today, oldest first, quiet ones included. */
export const lastDays = (db: DatabaseSync, today: Date, count: number): Day[] => {
  // Noon, so that adding days works when the clocks change.
  const noon = Date.parse(`${londonDay(today)}T12:00:00Z`);
  const names = Array.from({ length: count }, (_, i) =>
    new Date(noon - (count - 1 - i) * DAY_MS).toISOString().slice(0, 10),
  );
  const rows = db.prepare("SELECT * FROM days WHERE day >= ?").all(names[0] ?? "");
  const known = new Map(rows.map((row) => [row.day, row]));
  return names.map((day) => {
    const counted = known.get(day);
    const count = (column: string) => Number(counted?.[column] ?? 0);
    return { day, registrations: count("registrations"), texts: count("texts"), payments: count("payments") };
  });
};
