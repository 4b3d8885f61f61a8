import type { RegistrationEvent, SmsEvent } from "@touchline/contracts";
import { type EventStore, streamName, transact } from "@touchline/event-store";
import type { Facts } from "../dispatch/facts.ts";
import { SERVICE, transactText } from "../dispatch/transact-text.ts";
import { eraseText } from "../sms/decide.ts";
import { smsIdsOf } from "../sms/id.ts";
import type { RequestCause } from "./request.ts";

export interface ErasingOptions {
  readonly store: EventStore;
  readonly facts: Facts;
  readonly now: () => Date;
}

export type EraseTexts = (
  erased: Extract<RegistrationEvent, { type: "RegistrationErased" }>["data"],
  cause: RequestCause,
) => Promise<void>;

/** More than any configuration has had: earlier ones may have asked for more reminders than today's. */
const REMINDERS_MAX = 20;

/**
 * Closes every text of an erased registration, those that nobody has requested yet among them: whoever is about to request
 * one then finds its stream taken. What the streams held is hidden once all are closed, and then the registration's stream is told.
 */
export const createErasing =
  ({ store, facts, now }: ErasingOptions): EraseTexts =>
  async ({ registrationId, billingRequestId, resends, corrections }, { id, traceparent }) => {
    const payment = billingRequestId ? await facts.payment(billingRequestId) : undefined;
    // One more: money may be going back at this very moment.
    const reopenings = (payment?.reopenings ?? 0) + 1;
    const ids = smsIdsOf(registrationId, { resends, corrections, reopenings, reminders: REMINDERS_MAX });
    const cause = { id, correlationId: registrationId, traceparent };
    for (const smsId of ids) await transactText(store, smsId, eraseText(registrationId, now()), cause);
    for (const smsId of ids) await hide(store, streamName("sms", smsId));
    const tell = textsErased(registrationId, now());
    await transact(store, toldAggregate, registrationId, tell, { service: SERVICE, ...cause });
  };

/** From the event on that closed it. */
const hide = async (store: EventStore, stream: string): Promise<void> => {
  const stored = (await store.read(stream)) as unknown as (SmsEvent & { readonly revision: bigint })[];
  const closed = stored.find(({ type }) => type === "SmsErased");
  if (closed && closed !== stored[0]) await store.truncateBefore(stream, closed.revision);
};

/** The registration service owns these streams, but that the texts are gone is told there. */
const toldAggregate = {
  category: "registration",
  initial: { told: false },
  evolve: (state: { readonly told: boolean }, { type }: RegistrationEvent) =>
    type === "RegistrationTextsErased" ? { told: true } : state,
} as const;

const textsErased =
  (registrationId: string, at: Date) =>
  ({ told }: { readonly told: boolean }): RegistrationEvent[] =>
    told ? [] : [{ type: "RegistrationTextsErased", data: { registrationId, erasedAt: at.toISOString() } }];
