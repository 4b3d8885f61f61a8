import type { EventDefinition } from "./define.ts";
import { paymentEvents } from "./payment.ts";
import { registrationEvents } from "./registration.ts";
import { smsEvents } from "./sms.ts";
import { suppressionEvents } from "./suppression.ts";

const definitions: readonly EventDefinition[] = [
  ...registrationEvents,
  ...paymentEvents,
  ...smsEvents,
  ...suppressionEvents,
];

/** Every event that Touchline stores, by type. */
export const catalogue: ReadonlyMap<string, EventDefinition> = new Map(definitions.map((d) => [d.type, d]));
