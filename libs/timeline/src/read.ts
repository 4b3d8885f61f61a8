import { emailIdsOf, type RegistrationEvent, smsIdsOf } from "@touchline/contracts";
import type { EventStore, StoredEvent } from "@touchline/event-store";
import { findLink } from "./find-link.ts";
import { readOptOuts } from "./opt-outs.ts";

export interface ReadOptions {
  /** Also reads every event since the registration, to find those in streams that this reader does not know. */
  readonly thorough?: boolean;
  /** The link's, if the caller knows it; `null` when there is none yet. Searched for when absent. */
  readonly billingRequestId?: string | null;
}

/** Every event of one registration, across its streams, in the order in which they were stored. Empty when it does not exist. */
export const readTimeline = async (
  store: EventStore,
  registrationId: string,
  { thorough = false, billingRequestId }: ReadOptions = {},
): Promise<StoredEvent[]> => {
  const own = sinceErased(await store.read(`registration-${registrationId}`));
  const [first] = own;
  if (!first) return [];
  const link = billingRequestId === undefined ? await findLink(store, registrationId, own) : billingRequestId;
  const payment = link ? await store.read(`payment-${link}`) : [];
  const reopenings = payment.filter((event) => event.type === "PaymentLinkReopened").length;
  const mandatesGone = payment.reduce(
    (most, event) => (event.type === "MonthlyStatusChanged" ? Math.max(most, event.data.mandatesGone) : most),
    0,
  );
  if (first.type === "RegistrationErased") return [...own, ...payment].sort(byPosition);
  const ids = smsIdsOf(registrationId, { ...countsOf(own), reopenings, mandatesGone });
  const streams = [
    ...ids.map((id) => `sms-${id}`),
    ...emailIdsOf(registrationId, { reopenings, mandatesGone }).map((id) => `email-${id}`),
  ];
  const [texts, optOuts] = await Promise.all([
    Promise.all(streams.map((stream) => store.read(stream))),
    readOptOuts(store, own),
  ]);
  const found = [...own, ...payment, ...texts.flat(), ...optOuts];
  const more = thorough ? await correlated(store, registrationId, first.position) : [];
  return [...new Map([...found, ...more].map((event) => [event.id, event])).values()].sort(byPosition);
};

/** For an erased registration, only the erasure and what follows is shown, even while older events can still be read. */
const sinceErased = (own: StoredEvent[]): StoredEvent[] => {
  const erased = own.findIndex((event) => event.type === "RegistrationErased");
  return erased < 0 ? own : own.slice(erased);
};

const byPosition = (a: StoredEvent, b: StoredEvent) => (a.position < b.position ? -1 : 1);

const countsOf = (events: readonly StoredEvent[]) => {
  const count = (type: RegistrationEvent["type"]) => events.filter((event) => event.type === type).length;
  return {
    resends: count("PaymentLinkResendRequested"),
    corrections: count("ParentPhoneCorrected"),
    askedReminders: count("ReminderRequested"),
  };
};

const correlated = async (store: EventStore, registrationId: string, after: bigint): Promise<StoredEvent[]> => {
  const found: StoredEvent[] = [];
  for await (const event of store.readAll({ after })) {
    if (event.metadata.$correlationId === registrationId) found.push(event);
  }
  return found;
};
