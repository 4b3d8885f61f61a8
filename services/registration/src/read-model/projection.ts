import type { DatabaseSync } from "node:sqlite";
import type { RegistrationEvent } from "@touchline/contracts";
import type { StoredEvent } from "@touchline/event-store";
import type { Projection } from "@touchline/projections";
import { columnNames, columns } from "./row.ts";
import { begin, differ, fixed, type Story, type StoryEvent, tell, type View, view, viewed } from "./story.ts";

/**
 * `registrations` is what operators read; SQLite's STRICT tables know no TIMESTAMP or VARCHAR, hence a plain one. `story` is
 * what the next event is folded into. `links` says whose a text or a payment link is, and `waiting` holds events that came
 * before the registration they belong to.
 */
const schema = `
  CREATE TABLE registrations (
    ${columnNames.map((name) => `${name} ${columns[name]}`).join(",\n    ")},
    story TEXT NOT NULL
  );
  CREATE INDEX registrations_newest ON registrations (created_at DESC, registration_id DESC);
  CREATE INDEX registrations_phone ON registrations (parent_phone);
  CREATE TABLE links (stream TEXT PRIMARY KEY, registration_id TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE waiting (
    owner TEXT NOT NULL,
    position INTEGER NOT NULL,
    event TEXT NOT NULL,
    PRIMARY KEY (owner, position)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE opted_out (phone TEXT PRIMARY KEY) STRICT, WITHOUT ROWID`;

/** Says the id of each registration whose row has changed. */
export const registrationsProjection: Projection = {
  name: "registrations",
  version: 1,
  prefixes: ["registration-", "payment-", "sms-", "suppression-"],
  schema,
  prepare: (db, changed) => prepare(db, changed),
};

/** Events that say themselves whose they are. */
const linking = new Set(["PaymentTokenCreated", "PaymentStatusChanged", "SmsRequested"]);

/** Events that show in a row; all others are passed over before anything is looked up. */
const shown = new Set([
  "RegistrationCompleted",
  "ParentPhoneCorrected",
  "RegistrationCancelled",
  "PaymentTokenRefused",
  "PaymentTokenCreated",
  "PaymentStatusChanged",
  "PaymentLinkOpened",
  "SmsRequested",
  "SmsAttemptStarted",
  "SmsAccepted",
  "SmsDeferred",
  "SmsRejected",
  "SmsStatusReported",
  "SmsRetryScheduled",
  "SmsWithdrawn",
  "SmsGivenUp",
  "PhoneOptedOut",
  "PhoneOptedIn",
]);

const prepare = (db: DatabaseSync, onChange: ((registrationId: string) => void) | undefined) => {
  const tables = prepareTables(db);

  /** `when` is where the log stands: an event that had to wait changes the row when what it waited for comes. */
  const applyTo = (registrationId: string, story: Story | undefined, event: StoredEvent, when: When = event): void => {
    if (event.type === "RegistrationCompleted") {
      if (!story) complete(registrationId, event);
    } else if (!story) {
      tables.keep(registrationId, event);
    } else {
      const told = tell(story, {
        event: event as unknown as StoryEvent,
        stream: event.stream,
        position: event.position,
      });
      const moved = told.parentPhone !== story.parentPhone;
      save(registrationId, story, moved ? { ...told, optedOut: tables.isOptedOut(told.parentPhone) } : told, when);
    }
  };

  const save = (registrationId: string, before: Story, after: Story, when: When): void => {
    if (after === before) return;
    const shown = view(after);
    if (!differ(view(before), shown)) {
      tables.remember(registrationId, after);
    } else {
      tables.update(registrationId, shown, after, when);
      onChange?.(registrationId);
    }
  };

  const complete = (registrationId: string, event: StoredEvent): void => {
    const { data } = event as unknown as Extract<RegistrationEvent, { type: "RegistrationCompleted" }>;
    tables.insert(fixed(data), begin(data, tables.isOptedOut(data.parentPhone)), event);
    onChange?.(registrationId);
    releaseTo(registrationId, registrationId, event);
  };

  const releaseTo = (registrationId: string, owner: string, when: When): void => {
    for (const early of tables.release(owner)) applyTo(registrationId, tables.story(registrationId), early, when);
  };

  const link = (registrationId: string, event: StoredEvent): void => {
    if (tables.link(event.stream, registrationId)) releaseTo(registrationId, event.stream, event);
  };

  const applyOptOut = (event: StoredEvent): void => {
    const { phone } = event.data as { phone?: string };
    if (phone === undefined) return;
    tables.optOut(phone, event.type === "PhoneOptedOut");
    for (const { registrationId, story } of tables.ofPhone(phone)) applyTo(registrationId, story, event);
  };

  return (event: StoredEvent): void => {
    if (!shown.has(event.type)) return;
    const own = ownerOf(event);
    if (own !== undefined) {
      applyTo(own, tables.story(own), event);
      if (linking.has(event.type)) link(own, event);
    } else if (event.type === "PhoneOptedOut" || event.type === "PhoneOptedIn") {
      applyOptOut(event);
    } else {
      const linked = tables.linked(event.stream);
      if (linked) applyTo(linked.registrationId, linked.story, event);
      else tables.keep(event.stream, event);
    }
  };
};

type When = Pick<StoredEvent, "position" | "created">;

const ownerOf = ({ stream, type, data }: StoredEvent): string | undefined => {
  if (stream.startsWith("registration-")) return stream.slice("registration-".length);
  return linking.has(type) ? (data as { registrationId?: string }).registrationId : undefined;
};

const prepareTables = (db: DatabaseSync) => {
  const insert = db.prepare(
    `INSERT INTO registrations (${columnNames.join(", ")}, story) VALUES (${columnNames.map((n) => `$${n}`).join(", ")}, $story)`,
  );
  // By position: names are looked up at each run, and this one runs most.
  const update = db.prepare(
    `UPDATE registrations SET ${viewed.map((name) => `${name} = ?`).join(", ")}, updated_at = ?, position = ?, story = ?
     WHERE registration_id = ?`,
  );
  const remember = db.prepare("UPDATE registrations SET story = ? WHERE registration_id = ?");
  const story = db.prepare("SELECT story FROM registrations WHERE registration_id = ?");
  const linked = db.prepare(
    "SELECT l.registration_id, r.story FROM links l LEFT JOIN registrations r USING (registration_id) WHERE l.stream = ?",
  );
  const link = db.prepare("INSERT OR IGNORE INTO links VALUES (?, ?)");
  const keep = db.prepare("INSERT OR IGNORE INTO waiting VALUES (?, ?, ?)");
  const release = db.prepare("DELETE FROM waiting WHERE owner = ? RETURNING event");
  const isOptedOut = db.prepare("SELECT 1 FROM opted_out WHERE phone = ?");
  const optOut = db.prepare("INSERT OR IGNORE INTO opted_out VALUES (?)");
  const optIn = db.prepare("DELETE FROM opted_out WHERE phone = ?");
  const ofPhone = db.prepare("SELECT registration_id, story FROM registrations WHERE parent_phone = ?");
  const parse = (text: unknown): Story | undefined => (typeof text === "string" ? JSON.parse(text) : undefined);

  return {
    insert: (row: ReturnType<typeof fixed>, story: Story, { created, position }: When) => {
      const changing = { ...view(story), updated_at: created.toISOString(), position };
      insert.run({ ...row, ...changing, story: JSON.stringify(story) });
    },
    update: (registrationId: string, shown: View, story: Story, { created, position }: When) => {
      const values = viewed.map((name) => shown[name]);
      update.run(...values, created.toISOString(), position, JSON.stringify(story), registrationId);
    },
    remember: (registrationId: string, story: Story) => void remember.run(JSON.stringify(story), registrationId),
    story: (registrationId: string) => parse(story.get(registrationId)?.story),
    linked: (stream: string) => {
      const row = linked.get(stream);
      return row && { registrationId: String(row.registration_id), story: parse(row.story) };
    },
    /** Whether this was news. */
    link: (stream: string, registrationId: string) => Number(link.run(stream, registrationId).changes) > 0,
    keep: (owner: string, event: StoredEvent) => void keep.run(owner, event.position, JSON.stringify(event, withText)),
    release: (owner: string): StoredEvent[] =>
      release
        .all(owner)
        .map(({ event }) => revive(JSON.parse(String(event))))
        .sort((a, b) => (a.position < b.position ? -1 : 1)),
    isOptedOut: (phone: string) => isOptedOut.get(phone) !== undefined,
    optOut: (phone: string, out: boolean) => void (out ? optOut : optIn).run(phone),
    ofPhone: (phone: string) =>
      ofPhone.all(phone).flatMap((row) => {
        const found = parse(row.story);
        return found ? [{ registrationId: String(row.registration_id), story: found }] : [];
      }),
  };
};

const withText = (_: string, value: unknown) => (typeof value === "bigint" ? String(value) : value);

const revive = (event: { position: string; revision: string; created: string } & Omit<StoredEvent, "created">) => ({
  ...event,
  position: BigInt(event.position),
  revision: BigInt(event.revision),
  created: new Date(event.created),
});
