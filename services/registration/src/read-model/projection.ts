import type { DatabaseSync } from "node:sqlite";
import type { RegistrationEvent } from "@touchline/contracts";
import type { StoredEvent } from "@touchline/event-store";
import type { Fold, Projection } from "@touchline/projections";
import { keepRows } from "./kept-rows.ts";
import { columnNames, columns } from "./row.ts";
import { begin, differ, fixed, tell, view } from "./story.ts";
import { prepareTables, type When } from "./tables.ts";

/**
 * `registrations` is what operators read; SQLite's STRICT tables know no TIMESTAMP or VARCHAR, hence a plain one. `story` is
 * what the next event is folded into. `links` says whose a text or a payment link is, and `waiting` holds events that came
 * before the registration they belong to. Of a registration in `erased` nothing is kept, whatever is still told about it.
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
  CREATE TABLE opted_out (phone TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
  CREATE TABLE erased (registration_id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID`;

/** Says the id of each registration whose row has changed. */
export const registrationsProjection: Projection = {
  name: "registrations",
  version: 3,
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
  "RegistrationErased",
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
  "SmsErased",
  "PhoneOptedOut",
  "PhoneOptedIn",
]);

const prepare = (db: DatabaseSync, onChange: ((registrationId: string) => void) | undefined): Fold => {
  const tables = prepareTables(db);
  const kept = keepRows(tables, onChange);

  /** `when` is where the log stands: an event that had to wait changes the row when what it waited for comes. */
  const applyTo = (registrationId: string, event: StoredEvent, when: When = event): void => {
    const story = kept.story(registrationId);
    if (!story && tables.isErased(registrationId)) return;
    if (event.type === "RegistrationCompleted") {
      if (!story) complete(registrationId, event);
    } else if (!story) {
      tables.keep(registrationId, event);
    } else {
      const told = tell(story, {
        event,
        stream: event.stream,
        position: event.position,
      });
      const moved = told.parentPhone !== story.parentPhone;
      const after = moved ? { ...told, optedOut: tables.isOptedOut(told.parentPhone) } : told;
      if (after !== story) kept.change(registrationId, after, differ(view(story), view(after)) ? when : undefined);
    }
  };

  const complete = (registrationId: string, event: StoredEvent): void => {
    const { data } = event as unknown as Extract<RegistrationEvent, { type: "RegistrationCompleted" }>;
    kept.begin(registrationId, fixed(data), begin(data, tables.isOptedOut(data.parentPhone)), event);
    releaseTo(registrationId, registrationId, event);
  };

  const erase = (registrationId: string): void => {
    kept.flush();
    tables.erase(registrationId);
    onChange?.(registrationId);
  };

  /** With its last event the text's stream is told of no more. */
  const eraseText = (stream: string): void => {
    kept.flush();
    tables.unlink(stream);
  };

  const releaseTo = (registrationId: string, owner: string, when: When): void => {
    for (const early of tables.release(owner)) applyTo(registrationId, early, when);
  };

  const applyOptOut = (event: StoredEvent): void => {
    const { phone } = event.data as { phone?: string };
    if (phone === undefined) return;
    kept.flush();
    tables.optOut(phone, event.type === "PhoneOptedOut");
    for (const registrationId of tables.ofPhone(phone)) applyTo(registrationId, event);
  };

  const apply = (event: StoredEvent): void => {
    if (!shown.has(event.type)) return;
    const own = ownerOf(event);
    if (event.type === "SmsErased") eraseText(event.stream);
    else if (own !== undefined && event.type === "RegistrationErased") erase(own);
    else if (own !== undefined) {
      applyTo(own, event);
      if (linking.has(event.type) && kept.link(event.stream, own)) releaseTo(own, event.stream, event);
    } else if (event.type === "PhoneOptedOut" || event.type === "PhoneOptedIn") {
      applyOptOut(event);
    } else {
      const linked = kept.linked(event.stream);
      if (linked !== undefined) applyTo(linked, event);
      else tables.keep(event.stream, event);
    }
  };

  return Object.assign(apply, { flush: kept.flush, forget: kept.forget });
};

const ownerOf = ({ stream, type, data }: StoredEvent): string | undefined => {
  if (stream.startsWith("registration-")) return stream.slice("registration-".length);
  return linking.has(type) ? (data as { registrationId?: string }).registrationId : undefined;
};
