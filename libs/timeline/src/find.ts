import { isBillingRequestId, isRegistrationId } from "@touchline/contracts";
import type { EventStore } from "@touchline/event-store";
import { parseUkMobile } from "@touchline/uk-phone";

/** What an operator can look a family up by. */
export type Clue =
  | { readonly kind: "registration"; readonly registrationId: string }
  | { readonly kind: "billing_request"; readonly billingRequestId: string }
  /** E.164 */
  | { readonly kind: "phone"; readonly phone: string };

/** Undefined when it is none of the three. A payment link is read as its billing request. */
export const readClue = (text: string): Clue | undefined => {
  const given = text.trim();
  const billingRequestId = given.slice(given.lastIndexOf("/") + 1);
  if (isBillingRequestId(billingRequestId)) return { kind: "billing_request", billingRequestId };
  const phone = parseUkMobile(given);
  if (phone.ok) return { kind: "phone", phone: phone.e164 };
  return isRegistrationId(given) ? { kind: "registration", registrationId: given } : undefined;
};

/** The registrations for a clue, oldest first. A phone leads to every registration that has or had it. */
export const findRegistrations = async (store: EventStore, clue: Clue): Promise<string[]> => {
  switch (clue.kind) {
    case "registration": {
      const events = await store.read(`registration-${clue.registrationId}`);
      return events.length > 0 ? [clue.registrationId] : [];
    }
    case "billing_request":
      return ofBillingRequest(store, clue.billingRequestId);
    case "phone":
      return ofPhone(store, clue.phone);
  }
};

const ofBillingRequest = async (store: EventStore, billingRequestId: string): Promise<string[]> => {
  for (const { data } of await store.read(`payment-${billingRequestId}`)) {
    if ("registrationId" in data) return [String(data.registrationId)];
  }
  // When a link asks again, it uses a later billing request, which has no stream of its own.
  for await (const event of store.readAll({ prefixes: ["payment-"] })) {
    if (event.type !== "PaymentLinkReopened") continue;
    if (event.data.requestId === billingRequestId) return [event.data.registrationId];
  }
  return [];
};

const ofPhone = async (store: EventStore, phone: string): Promise<string[]> => {
  const found = new Set<string>();
  for await (const event of store.readAll({ prefixes: ["registration-"] })) {
    // Its events may still be in the log, but a search must not find an erased family.
    if (event.type === "RegistrationErased") found.delete(event.data.registrationId);
    if (event.type !== "RegistrationCompleted" && event.type !== "ParentPhoneCorrected") continue;
    if (event.data.parentPhone === phone) found.add(event.data.registrationId);
  }
  return [...found];
};
