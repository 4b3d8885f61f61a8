import { type RegistrationEvent, type SmsEvent, smsIdsOf } from "@touchline/contracts";
import { type EventStore, streamName, transact } from "@touchline/event-store";
import type { Facts } from "../dispatch/facts.ts";
import { SERVICE, type Texts } from "../dispatch/texts.ts";
import { eraseText } from "../sms/decide.ts";
import type { RequestCause } from "./request.ts";

export interface ErasingOptions {
  readonly store: EventStore;
  readonly texts: Pick<Texts, "decide">;
  readonly facts: Facts;
  readonly now: () => Date;
}

/** Resolves with whether it was not done before. */
export type EraseTexts = (
  erased: Extract<RegistrationEvent, { type: "RegistrationErased" }>["data"],
  cause: RequestCause,
) => Promise<boolean>;

/** More than any configuration has had: earlier ones may have asked for more reminders than today's. */
const REMINDERS_MAX = 20;

/**
 * Closes every text of an erased registration, also those that were not requested yet: a request that is about to be made then
 * finds its stream taken. Once all are closed, what the streams held is hidden, and the registration's stream says so.
 */
export const createErasing =
  ({ store, texts, facts, now }: ErasingOptions): EraseTexts =>
  async ({ registrationId, billingRequestId, resends, corrections }, { id, traceparent }) => {
    const link = billingRequestId ? await facts.link(billingRequestId) : undefined;
    // One more: money may be going back at this very moment.
    const reopenings = (link?.reopenings ?? 0) + 1;
    const ids = smsIdsOf(registrationId, { resends, corrections, reopenings, reminders: REMINDERS_MAX });
    const cause = { id, correlationId: registrationId, traceparent };
    for (const smsId of ids) await texts.decide(smsId, eraseText(registrationId, now()), cause);
    for (const smsId of ids) await hide(store, streamName("sms", smsId));
    const decision = recordTextsErased(registrationId, now());
    const { events } = await transact(store, textsErasedAggregate, registrationId, decision, {
      service: SERVICE,
      ...cause,
    });
    return events.length > 0;
  };

/** Everything before the event that closed it. */
const hide = async (store: EventStore, stream: string): Promise<void> => {
  const stored = await store.read<SmsEvent>(stream);
  const closed = stored.find(({ type }) => type === "SmsErased");
  if (closed && closed !== stored[0]) await store.truncateBefore(stream, closed.revision);
};

/** The registration service owns these streams; that the texts are gone is recorded there by us. */
const textsErasedAggregate = {
  category: "registration",
  initial: { recorded: false },
  evolve: (state: { readonly recorded: boolean }, { type }: RegistrationEvent) =>
    type === "RegistrationTextsErased" ? { recorded: true } : state,
} as const;

const recordTextsErased =
  (registrationId: string, at: Date) =>
  ({ recorded }: { readonly recorded: boolean }): RegistrationEvent[] =>
    recorded ? [] : [{ type: "RegistrationTextsErased", data: { registrationId, erasedAt: at.toISOString() } }];
