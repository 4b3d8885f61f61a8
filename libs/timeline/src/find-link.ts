import type { EventStore, StoredEvent } from "@touchline/event-store";

/**
 * GoCardless chooses the billing request's id, so the registration's own events do not hold it unless the chat submitted it.
 * The token follows its registration within a few events. `own`: the events of the registration's stream.
 *
 * @returns the billing request's id; undefined while there is no link
 */
export const findLink = async (
  store: EventStore,
  registrationId: string,
  own: readonly StoredEvent[],
): Promise<string | undefined> => {
  const [first] = own;
  if (first?.type === "RegistrationErased" && first.data.billingRequestId) return first.data.billingRequestId;
  const completed = own.find((event) => event.type === "RegistrationCompleted");
  const adopted = completed?.data.billingRequestId;
  if (adopted && (await store.read(`payment-${adopted}`)).length > 0) return adopted;
  const after = completed && own[0]?.position;
  for await (const event of store.readAll({ after, prefixes: ["payment-"] })) {
    if (event.type !== "PaymentTokenCreated" || event.data.registrationId !== registrationId) continue;
    return event.data.billingRequestId;
  }
  return undefined;
};
