import { readFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import type { StoredEvent } from "@touchline/event-store";
import type { Projection } from "@touchline/projections";
import { viewsOf } from "../src/views.ts";

export const ID = "b1946ac9-2f60-4dd4-a6f4-8b3a58e0c1d2";
export const LINK = "BRQ000123ABC";

/** A frozen event's data. */
export const example = (type: string): Record<string, unknown> =>
  JSON.parse(
    readFileSync(new URL(`../../../libs/contracts/test/fixtures/events/${type}.1.json`, import.meta.url), "utf8"),
  );
export const text = `sms-${String(example("SmsRequested").smsId)}`;

/** A family whose text arrives and who pays, by stream and type. */
export const history = [
  ["store-identity", "StoreIdentified"],
  [`registration-${ID}`, "RegistrationCompleted"],
  [`payment-${LINK}`, "PaymentTokenCreated"],
  [text, "SmsRequested"],
  [text, "SmsAttemptStarted"],
  [text, "SmsAccepted"],
  [text, "SmsStatusReported"],
  [text, "TextStatusChanged"],
  [`payment-${LINK}`, "PaymentLinkOpened"],
  [`payment-${LINK}`, "PaymentFulfilled"],
  [`payment-${LINK}`, "PaymentStatusChanged"],
  ["payment-EV01K8Q2ZBM7X", "ProviderEventParked"],
  ["suppression-7f2c", "PhoneOptedOut"],
] as const;

/** Every table of a view after these events. */
export const rowsOf = (projection: Projection, events: readonly StoredEvent[]) => {
  const db = new DatabaseSync(":memory:");
  db.exec(projection.schema);
  const fold = projection.prepare(db);
  for (const event of events) {
    if (projection.prefixes.some((prefix) => event.stream.startsWith(prefix))) fold(event);
  }
  fold.flush?.();
  const tables = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").all();
  return tables.map(({ name }) => [name, db.prepare(`SELECT * FROM ${String(name)}`).all()] as const);
};

const env = { SMTP_URL: "smtp://127.0.0.1:1", MAIL_FROM: "club@example.org" };
const config = () => ({ dataDir: "data", eventStoreUrl: "esdb://127.0.0.1:1", nats: { url: "nats://127.0.0.1:1" } });
/** Every view that there may be. */
export const views = viewsOf({ env, config } as unknown as Parameters<typeof viewsOf>[0]).map(
  ({ projection }) => projection,
);
