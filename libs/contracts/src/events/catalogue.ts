import type { EventDefinition } from "./define.ts";
import { type DigestEvent, digestEvents } from "./digest.ts";
import { type EmailEvent, emailEvents } from "./email.ts";
import { type PaymentEvent, paymentEvents } from "./payment.ts";
import { type RegistrationEvent, registrationEvents } from "./registration.ts";
import { type SmsEvent, smsEvents } from "./sms.ts";
import { storeEvents } from "./store.ts";
import { type SuppressionEvent, suppressionEvents } from "./suppression.ts";

const definitions: readonly EventDefinition[] = [
  ...registrationEvents,
  ...paymentEvents,
  ...smsEvents,
  ...emailEvents,
  ...suppressionEvents,
  ...digestEvents,
  ...storeEvents,
];

/** An event that Touchline stores. A store may also hold types that this version does not know; readers ignore those. */
export type TouchlineEvent = RegistrationEvent | PaymentEvent | SmsEvent | EmailEvent | SuppressionEvent | DigestEvent;

/** Every event that Touchline stores, by type. */
export const catalogue: ReadonlyMap<string, EventDefinition> = new Map(definitions.map((d) => [d.type, d]));
