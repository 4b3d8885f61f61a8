import type { DatabaseSync } from "node:sqlite";
import type { SmsEvent } from "@touchline/contracts";
import type { StoredEvent } from "@touchline/event-store";
import type { Projection } from "@touchline/projections";
import { isAnnounced } from "../sms/announce.ts";
import { type Due, dueOf, type Timing } from "../sms/due.ts";
import type { ProviderWords } from "../sms/provider.ts";
import { type Attempt, isText, type SmsState, smsAggregate, type Text } from "../sms/state.ts";

const SCHEMA = `
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
    -- the longest that it may still wait from now: the clock may have been ahead
    due_wait INTEGER,
    -- 1 when others know its status; 0 in streams older than announcements
    announced INTEGER NOT NULL,
    state TEXT NOT NULL
  ) STRICT;
  CREATE INDEX texts_status ON texts (status);
  CREATE INDEX texts_due ON texts (due_what, due_at) WHERE due_at IS NOT NULL;
  CREATE INDEX texts_unannounced ON texts (requested_at) WHERE announced = 0;
  CREATE TABLE attempts (
    sms_id TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    -- 1 when the provider has the text, or may have it
    taken INTEGER NOT NULL,
    PRIMARY KEY (sms_id, attempt)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX attempts_started ON attempts (started_at);
  CREATE TABLE messages (
    message_id TEXT PRIMARY KEY,
    sms_id TEXT NOT NULL,
    accepted_at INTEGER NOT NULL,
    stage TEXT NOT NULL,
    error_code TEXT,
    segments INTEGER,
    price_micros INTEGER,
    price_unit TEXT
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX messages_accepted ON messages (accepted_at)`;

/**
 * Every text with its next chore, for timers, and its messages, for reports. Names, numbers and bodies are left out: the sender
 * reads the stream.
 */
export const textsProjection = (timing: Timing, words: ProviderWords): Projection => ({
  name: "texts",
  version: 5,
  prefixes: ["sms-"],
  moving: ["due_at", "due_wait"],
  schema: SCHEMA,

  prepare: (db) => {
    const { evolve, initial } = smsAggregate(words);
    const find = db.prepare("SELECT state FROM texts WHERE sms_id = ?");
    const save = prepareSave(db);
    const forget = ["texts", "attempts", "messages"].map((table) =>
      db.prepare(`DELETE FROM ${table} WHERE sms_id = ?`),
    );

    return (stored: StoredEvent) => {
      const smsId = stored.stream.slice("sms-".length);
      if (stored.type === "SmsErased") {
        for (const statement of forget) statement.run(smsId);
        return;
      }
      const row = find.get(smsId);
      const before: SmsState = row ? JSON.parse(String(row.state)) : initial;
      const event = stored as SmsEvent & StoredEvent;
      const text = evolve(before, event);
      if (!isText(text)) return;
      save.text(smsId, text, {
        due: dueOf(text, timing),
        announced: isAnnounced(text, words.failureOf),
        position: row ? undefined : stored.position,
      });
      if ("attempt" in event.data) save.attempt(smsId, text, event.data.attempt);
      if ("providerMessageId" in event.data) save.message(smsId, text, event.data.providerMessageId);
    };
  },
});

interface TextFacts {
  readonly due: Due | undefined;
  readonly announced: boolean;
  /** Of a new text. */
  readonly position: bigint | undefined;
}

const prepareSave = (db: DatabaseSync) => {
  const insert = db.prepare(
    `INSERT INTO texts VALUES (:smsId, :registrationId, :purpose, :status, :code, :segments, :requestedAt, :position, :dueWhat,
       :dueAt, :dueWait, :announced, :state)`,
  );
  const update = db.prepare(
    `UPDATE texts SET status = :status, code = :code, due_what = :dueWhat, due_at = :dueAt, due_wait = :dueWait, announced = :announced, state = :state
     WHERE sms_id = :smsId`,
  );
  const attempts = db.prepare("INSERT OR REPLACE INTO attempts VALUES (?, ?, ?, ?)");
  const messages = db.prepare("INSERT OR REPLACE INTO messages VALUES (?, ?, ?, ?, ?, ?, ?, ?)");

  const text = (smsId: string, found: Text, { due, announced, position }: TextFacts): void => {
    const changing = {
      smsId,
      status: found.status,
      code: codeOf(found),
      dueWhat: due?.what ?? null,
      dueAt: due?.atMs ?? null,
      dueWait: due?.waitMs ?? null,
      announced: announced ? 1 : 0,
      state: JSON.stringify({ ...found, to: "", body: "" }),
    };
    if (position === undefined) return void update.run(changing);
    const { registrationId, purpose, segments } = found;
    insert.run({
      ...changing,
      registrationId,
      purpose,
      segments,
      requestedAt: Date.parse(found.requestedAt),
      position,
    });
  };

  const attempt = (smsId: string, found: Text, number: number): void => {
    const made = found.attempts[number - 1];
    if (made) attempts.run(smsId, number, Date.parse(made.startedAt), mayBeTaken(made) ? 1 : 0);
  };

  const message = (smsId: string, found: Text, id: string): void => {
    const m = found.messages[id];
    if (!m) return;
    const price = [m.priceMicros ?? null, m.priceUnit ?? null] as const;
    messages.run(id, smsId, Date.parse(m.acceptedAt), m.stage, m.errorCode ?? null, m.segments ?? null, ...price);
  };

  return { text, attempt, message };
};

/** Makes rows due again that an ended process had taken, until `lastMs` at the latest. They would block the texts behind them. */
export const releaseTexts = (db: DatabaseSync, timing: Timing, nowMs: number, lastMs: number): void => {
  const rows = db.prepare("SELECT sms_id, state FROM texts WHERE due_what = 'send' AND due_at BETWEEN ? AND ?");
  const release = db.prepare("UPDATE texts SET due_at = ? WHERE sms_id = ?");
  for (const row of rows.all(nowMs, lastMs)) {
    const due = dueOf(JSON.parse(String(row.state)), timing);
    if (due) release.run(due.atMs, row.sms_id ?? null);
  }
};

/** The last sent of these texts. One that already has this reply comes first, because the provider repeats itself. */
export const lastSent = (db: DatabaseSync, smsIds: readonly string[], replyId: string): string | undefined => {
  const row = db
    .prepare(
      `SELECT t.sms_id FROM texts t JOIN attempts a ON a.sms_id = t.sms_id AND a.taken = 1
       WHERE t.sms_id IN (SELECT value FROM json_each(:smsIds))
       ORDER BY EXISTS (SELECT 1 FROM json_each(t.state, '$.replies') WHERE value = :replyId) DESC,
         a.started_at DESC, t.position DESC
       LIMIT 1`,
    )
    .get({ smsIds: JSON.stringify(smsIds), replyId });
  return row && String(row.sms_id);
};

const mayBeTaken = ({ fate }: Attempt): boolean => fate === "open" || fate === "unknown" || fate === "accepted";

const codeOf = (text: Text): string | null => {
  if (text.status === "delivered") return null;
  return text.closed?.code ?? Object.values(text.messages).at(-1)?.errorCode ?? null;
};
