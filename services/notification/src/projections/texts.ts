import type { DatabaseSync } from "node:sqlite";
import type { SmsEvent } from "@touchline/contracts";
import type { StoredEvent } from "@touchline/event-store";
import type { Projection } from "@touchline/projections";
import { dueOf, type Timing } from "../sms/due.ts";
import { type Attempt, evolve, isText, type SmsState, type Text } from "../sms/state.ts";

/**
 * Every text with what is due about it, for timers; its messages, for reports. Names, numbers and wordings are left out:
 * whoever sends reads the stream.
 */
export const textsProjection = (timing: Timing): Projection => ({
  name: "texts",
  version: 2,
  prefixes: ["sms-"],
  moving: ["due_at"],
  schema: `
    CREATE TABLE texts (
      sms_id TEXT PRIMARY KEY,
      registration_id TEXT NOT NULL,
      purpose TEXT NOT NULL,
      status TEXT NOT NULL,
      -- code of what closed it, or of its last message's failure
      code TEXT,
      segments INTEGER NOT NULL,
      requested_at INTEGER NOT NULL,
      -- order in which texts were requested
      position INTEGER NOT NULL,
      due_what TEXT,
      due_at INTEGER,
      state TEXT NOT NULL
    ) STRICT;
    CREATE INDEX texts_status ON texts (status);
    CREATE INDEX texts_due ON texts (due_what, due_at) WHERE due_at IS NOT NULL;
    CREATE TABLE attempts (
      sms_id TEXT NOT NULL,
      attempt INTEGER NOT NULL,
      started_at INTEGER NOT NULL,
      -- 1 when Twilio has the text, or may have it
      taken INTEGER NOT NULL,
      PRIMARY KEY (sms_id, attempt)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX attempts_started ON attempts (started_at);
    CREATE TABLE messages (
      sid TEXT PRIMARY KEY,
      sms_id TEXT NOT NULL,
      accepted_at INTEGER NOT NULL,
      status TEXT NOT NULL,
      error_code TEXT,
      segments INTEGER,
      price_micros INTEGER,
      price_unit TEXT
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX messages_accepted ON messages (accepted_at)`,

  prepare: (db) => {
    const find = db.prepare("SELECT state FROM texts WHERE sms_id = ?");
    const insert = db.prepare(
      "INSERT INTO texts VALUES (:smsId, :registrationId, :purpose, :status, :code, :segments, :requestedAt, :position, :dueWhat, :dueAt, :state)",
    );
    const update = db.prepare(
      "UPDATE texts SET status = :status, code = :code, due_what = :dueWhat, due_at = :dueAt, state = :state WHERE sms_id = :smsId",
    );
    const attempt = db.prepare("INSERT OR REPLACE INTO attempts VALUES (?, ?, ?, ?)");
    const message = db.prepare("INSERT OR REPLACE INTO messages VALUES (?, ?, ?, ?, ?, ?, ?, ?)");

    const forget = ["texts", "attempts", "messages"].map((table) =>
      db.prepare(`DELETE FROM ${table} WHERE sms_id = ?`),
    );

    return (event: StoredEvent) => {
      const smsId = event.stream.slice("sms-".length);
      if (event.type === "SmsErased") {
        for (const statement of forget) statement.run(smsId);
        return;
      }
      const row = find.get(smsId);
      const before: SmsState = row ? JSON.parse(String(row.state)) : { status: "absent" };
      const text = evolve(before, event as unknown as SmsEvent);
      if (!isText(text)) return;
      const due = dueOf(text, timing);
      const changing = {
        smsId,
        status: text.status,
        code: codeOf(text),
        dueWhat: due?.what ?? null,
        dueAt: due?.atMs ?? null,
        state: JSON.stringify({ ...text, to: "", body: "" }),
      };
      if (row) update.run(changing);
      else {
        const { registrationId, purpose, segments } = text;
        const requestedAt = Date.parse(text.requestedAt);
        insert.run({ ...changing, registrationId, purpose, segments, requestedAt, position: event.position });
      }
      const about = (event.data as { attempt?: number }).attempt ?? 0;
      const made = text.attempts[about - 1];
      if (made) attempt.run(smsId, about, Date.parse(made.startedAt), mayBeTaken(made) ? 1 : 0);
      const sid = (event.data as { providerMessageId?: string }).providerMessageId;
      const m = sid ? text.messages[sid] : undefined;
      if (sid && m) {
        const price = [m.priceMicros ?? null, m.priceUnit ?? null] as const;
        message.run(sid, smsId, Date.parse(m.acceptedAt), m.word, m.errorCode ?? null, m.segments ?? null, ...price);
      }
    };
  },
});

/**
 * Makes due again what a process that ended has had in hand: its rows were put off until `lastMs`, so that nobody else
 * took them, and would hold up whoever waits behind them.
 */
export const releaseTexts = (db: DatabaseSync, timing: Timing, nowMs: number, lastMs: number): void => {
  const rows = db.prepare("SELECT sms_id, state FROM texts WHERE due_what = 'send' AND due_at BETWEEN ? AND ?");
  const release = db.prepare("UPDATE texts SET due_at = ? WHERE sms_id = ?");
  for (const row of rows.all(nowMs, lastMs)) {
    const due = dueOf(JSON.parse(String(row.state)), timing);
    if (due) release.run(due.atMs, row.sms_id ?? null);
  }
};

const mayBeTaken = ({ fate }: Attempt): boolean => fate === "open" || fate === "unknown" || fate === "accepted";

const codeOf = (text: Text): string | null => {
  if (text.status === "delivered") return null;
  return text.closed?.code ?? Object.values(text.messages).at(-1)?.errorCode ?? null;
};
