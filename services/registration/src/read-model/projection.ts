import type { DatabaseSync } from "node:sqlite";
import type { StoredEvent } from "@touchline/event-store";
import type { Fold, Projection } from "@touchline/projections";
import { keepRows } from "./kept-rows.ts";
import { columnNames, columns } from "./row.ts";
import { createRowApplier } from "./row-applier.ts";
import { prepareTables } from "./tables.ts";

/**
 * `registrations` is what operators read; SQLite's STRICT tables have no TIMESTAMP or VARCHAR, so it is a plain one. `facts` is
 * what the next event is applied to. `links` says which registration a text or a payment link belongs to, and `waiting` holds
 * events that came before the registration they belong to. Nothing is kept of a registration in `erased`, whatever comes later.
 */
const schema = `
  CREATE TABLE registrations (
    ${columnNames.map((name) => `${name} ${columns[name]}`).join(",\n    ")},
    facts TEXT NOT NULL
  );
  CREATE INDEX registrations_newest ON registrations (created_at DESC, registration_id DESC);
  CREATE INDEX registrations_phone ON registrations (parent_phone);
  CREATE INDEX registrations_suspended ON registrations (payment_status) WHERE suspended_at IS NOT NULL;
  CREATE INDEX registrations_changed ON registrations (position);
  CREATE TABLE links (stream TEXT PRIMARY KEY, registration_id TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE waiting (
    owner TEXT NOT NULL,
    position INTEGER NOT NULL,
    event TEXT NOT NULL,
    PRIMARY KEY (owner, position)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE opted_out (phone TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
  CREATE TABLE erased (registration_id TEXT PRIMARY KEY, position INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE INDEX erased_at ON erased (position)`;

/** Reports the id of each registration whose row changed. */
export const registrationsProjection: Projection = {
  name: "registrations",
  version: 17,
  prefixes: ["registration-", "payment-", "sms-", "email-", "suppression-"],
  schema,
  prepare: (db, changed) => prepare(db, changed),
};

/** Events that name their registration. */
const linking = new Set([
  "PaymentTokenCreated",
  "PaymentStatusChanged",
  "MonthlyStatusChanged",
  "SmsRequested",
  "ReplyReceived",
  "EmailRequested",
]);

/** Events that show in a row; all others are skipped before anything is looked up. */
const shown = new Set([
  "RegistrationCompleted",
  "ParentPhoneCorrected",
  "RegistrationAmended",
  "MonthlyTermsAmended",
  "PaymentLinkResendRequested",
  "RegistrationCancelled",
  "RegistrationErased",
  "PaymentTokenRefused",
  "PaymentTokenCreated",
  "PaymentStatusChanged",
  "MonthlyStatusChanged",
  "SubscriptionRefused",
  "SubscriptionCreated",
  "SubscriptionAmended",
  "SubscriptionEnded",
  "PaymentLinkAmended",
  "PaymentLinkOpened",
  "PaymentLinkReopened",
  "RefundRequested",
  "RefundRefused",
  "RefundCreated",
  "RefundReturned",
  "MoneyElsewhereRequested",
  "MoneyElsewhereRecorded",
  "MoneyElsewhereRefused",
  "SmsRequested",
  "TextStatusChanged",
  "SmsErased",
  "PhoneOptedOut",
  "PhoneOptedIn",
  "RegistrationSuspended",
  "RegistrationReinstated",
  "RegistrationSnoozed",
  "RegistrationReleased",
  "NoteAdded",
  "NoteRemoved",
  "RepliesHandled",
  "ReplyReceived",
  "EmailRequested",
  "EmailSent",
  "EmailRefused",
  "EmailOutcomeUnknown",
  "EmailWithdrawn",
  "EmailErased",
]);

type OptOut = Extract<StoredEvent, { type: "PhoneOptedOut" | "PhoneOptedIn" }>;

const prepare = (db: DatabaseSync, onChange: ((registrationId: string) => void) | undefined): Fold => {
  const tables = prepareTables(db);
  const kept = keepRows(tables, onChange);

  const { applyTo, releaseTo } = createRowApplier(tables, kept);

  const erase = (registrationId: string, position: bigint): void => {
    kept.flush();
    tables.erase(registrationId, position);
    onChange?.(registrationId);
  };

  /** Nothing follows this event in the stream of the text or e-mail. */
  const eraseText = (stream: string): void => {
    kept.flush();
    tables.unlink(stream);
  };

  const applyOptOut = (event: OptOut): void => {
    const { phone } = event.data;
    kept.flush();
    tables.optOut(phone, event.type === "PhoneOptedOut");
    for (const registrationId of tables.ofPhone(phone)) applyTo(registrationId, event);
  };

  const apply = (event: StoredEvent): void => {
    if (!shown.has(event.type)) return;
    const own = ownerOf(event);
    if (event.type === "SmsErased" || event.type === "EmailErased") eraseText(event.stream);
    else if (own !== undefined && event.type === "RegistrationErased") erase(own, event.position);
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
