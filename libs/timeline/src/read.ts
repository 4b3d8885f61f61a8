import type { PaymentEvent, RegistrationEvent } from "@touchline/contracts";
import type { EventStore, StoredEvent } from "@touchline/event-store";
import { readOptOuts } from "./opt-outs.ts";
import { textIdsOf } from "./text-ids.ts";

export interface ReadOptions {
  /** Reads all that was stored after the registration as well, for events in streams that nobody thought of. */
  readonly thorough?: boolean;
  /** Of the link, when the caller knows it: `null` when there is none yet. Otherwise it is searched. */
  readonly billingRequestId?: string | null;
}

/** Every event of one registration, across its streams, in the order in which they were stored. Empty when there is none. */
export const readStory = async (
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
  if (first.type === "RegistrationErased") return [...own, ...payment].sort(byPosition);
  const ids = textIdsOf(registrationId, { ...countsOf(own), reopenings });
  const [texts, optOuts] = await Promise.all([
    Promise.all(ids.map((id) => store.read(`sms-${id}`))),
    readOptOuts(store, own),
  ]);
  const found = [...own, ...payment, ...texts.flat(), ...optOuts];
  const more = thorough ? await correlated(store, registrationId, first.position) : [];
  return [...new Map([...found, ...more].map((event) => [event.id, event])).values()].sort(byPosition);
};

/** Of an erased registration only that is told, and what follows, also while its events can still be read. */
const sinceErased = (own: StoredEvent[]): StoredEvent[] => {
  const erased = own.findIndex((event) => event.type === "RegistrationErased");
  return erased < 0 ? own : own.slice(erased);
};

const byPosition = (a: StoredEvent, b: StoredEvent) => (a.position < b.position ? -1 : 1);

const countsOf = (events: readonly StoredEvent[]) => {
  const count = (type: RegistrationEvent["type"]) => events.filter((event) => event.type === type).length;
  return { resends: count("PaymentLinkResendRequested"), corrections: count("ParentPhoneCorrected") };
};

/**
 * GoCardless chooses the billing request's id, so nothing of the registration's own says it, unless the chat did; but the
 * token follows its registration within a few events.
 */
const findLink = async (
  store: EventStore,
  registrationId: string,
  own: readonly StoredEvent[],
): Promise<string | undefined> => {
  const [first] = own as unknown as RegistrationEvent[];
  if (first?.type === "RegistrationErased" && first.data.billingRequestId) return first.data.billingRequestId;
  const completed = own.find((event) => event.type === "RegistrationCompleted");
  const adopted = completed && (completed.data as { billingRequestId?: string }).billingRequestId;
  if (adopted && (await store.read(`payment-${adopted}`)).length > 0) return adopted;
  const after = completed && own[0]?.position;
  for await (const stored of store.readAll({ after, prefixes: ["payment-"] })) {
    const event = stored as unknown as PaymentEvent;
    if (event.type !== "PaymentTokenCreated" || event.data.registrationId !== registrationId) continue;
    return event.data.billingRequestId;
  }
  return undefined;
};

const correlated = async (store: EventStore, registrationId: string, after: bigint): Promise<StoredEvent[]> => {
  const found: StoredEvent[] = [];
  for await (const event of store.readAll({ after })) {
    if (event.metadata.$correlationId === registrationId) found.push(event);
  }
  return found;
};
