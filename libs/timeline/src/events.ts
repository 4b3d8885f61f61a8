import type { PaymentEvent, RegistrationEvent, SmsEvent, SuppressionEvent } from "@touchline/contracts";

export type AnyEvent = RegistrationEvent | PaymentEvent | SmsEvent | SuppressionEvent;

export type DataOf<E extends AnyEvent, T extends E["type"]> = Extract<E, { type: T }>["data"];
