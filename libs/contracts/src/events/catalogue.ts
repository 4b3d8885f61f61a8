import type { EventDefinition } from "./define.ts";
import { type PaymentEvent, paymentEvents } from "./payment.ts";
import { type RegistrationEvent, registrationEvents } from "./registration.ts";
import { type SmsEvent, smsEvents } from "./sms.ts";
import { storeEvents } from "./store.ts";
import { type SuppressionEvent, suppressionEvents } from "./suppression.ts";

const definitions: readonly EventDefinition[] = [
  ...registrationEvents,
  ...paymentEvents,
  ...smsEvents,
  ...suppressionEvents,
  ...storeEvents,
];

/** An event that Touchline stores. A store may also hold types that this version does not know; readers ignore those. */
export type TouchlineEvent = RegistrationEvent | PaymentEvent | SmsEvent | SuppressionEvent;

/** Every event that Touchline stores, by type. */
export const catalogue: ReadonlyMap<string, EventDefinition> = new Map(definitions.map((d) => [d.type, d]));
